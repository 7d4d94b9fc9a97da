// SPDX-License-Identifier: Apache-2.0
// Syntax tree → alternatives → components. It must never drop an alternative or cut a pattern:
// what is too much is refused.
#include "tables/glob.h"

#include <algorithm>

#include "shared/steps.h"
#include "tables/glob_syntax.h"

namespace gatehouse::tables {
namespace {

using Flat = std::vector<Label>;

constexpr std::size_t kMaxExpandedLabels = std::size_t{1} << 20;

// How many alternatives a sequence has, stopping at too many.
std::size_t count(const GlobSequence& sequence) {
  std::size_t product = 1;
  for (const auto& piece : sequence) {
    if (piece.branches.empty()) continue;
    std::size_t sum = 0;
    for (const auto& branch : piece.branches)
      sum += count(branch);
    product = std::min(product * sum, kMaxAlternatives + 1);
  }
  return product;
}

std::vector<Flat> multiply(const GlobSequence& sequence) {
  std::vector<Flat> out(1);
  for (const auto& piece : sequence) {
    if (piece.branches.empty()) {
      for (auto& flat : out)
        flat.push_back(piece.label);
      continue;
    }
    std::vector<Flat> next;
    for (const auto& flat : out)
      for (const auto& branch : piece.branches)
        for (const auto& tail : multiply(branch)) {
          next.push_back(flat);
          next.back().insert(next.back().end(), tail.begin(), tail.end());
        }
    out = std::move(next);
  }
  return out;
}

std::optional<GlobError> too_many(const GlobSequence& syntax, std::string_view text) {
  if (count(syntax) <= kMaxAlternatives && count(syntax) * text.size() <= kMaxExpandedLabels)
    return std::nullopt;
  return GlobError{"the braces stand for more than " + std::to_string(kMaxAlternatives) +
                       " alternatives or a million bytes",
                   "split the rule, or use '*' and [sets]"};
}

std::optional<GlobError> place_home(Flat& flat, const policy::Context& context) {
  const bool leads = !flat.empty() && flat[0] == kTilde && (flat.size() == 1 || flat[1] == '/');
  if (leads) {
    if (context.home.empty())
      return GlobError{"'~' has no value here", "the session's owner has no home directory"};
    Flat home;
    for (const char c : context.home)
      home.push_back(static_cast<unsigned char>(c));
    flat.erase(flat.begin());
    flat.insert(flat.begin(), home.begin(), home.end());
  }
  std::replace(flat.begin(), flat.end(), kTilde, Label{'~'});
  return std::nullopt;
}

bool is_dots(const Component& c) {
  return (c.size() == 1 && c[0] == '.') || (c.size() == 2 && c[0] == '.' && c[1] == '.');
}

// Shorter forms of the same set of paths.
void canonical(std::vector<Component>& components) {
  const Component deep{kDeep}, star{kStar};
  const auto both = [&](const Component& a, const Component& b) { return a == deep && b == deep; };
  components.erase(std::unique(components.begin(), components.end(), both), components.end());
  if (components.size() >= 2 && components.back() == star && components.end()[-2] == deep)
    components.pop_back();
}

std::optional<GlobError> split(const Flat& flat, Glob& glob) {
  if (flat.empty() || (flat[0] != '/' && flat[0] != kDeep))
    return GlobError{"the glob is not absolute",
                     "start it with '/', '~/', '${workspace}/' or '**/'"};
  if (flat.size() > 1 && flat.back() == '/')
    return GlobError{"a glob that ends in '/' matches nothing",
                     "write dir for the directory itself, dir/** for everything below it"};
  Component component;
  const auto close = [&]() -> std::optional<GlobError> {
    if (component.empty()) return std::nullopt;  // "//" is "/"
    if (component.size() > 1 && std::count(component.begin(), component.end(), kDeep) > 0)
      return GlobError{"'**' must be a whole component", "write '*' within a component"};
    if (is_dots(component))
      return GlobError{"no path contains a component '.' or '..'",
                       "paths are matched after the kernel resolved them"};
    const auto stars = [](Label a, Label b) { return a == kStar && b == kStar; };
    component.erase(std::unique(component.begin(), component.end(), stars), component.end());
    glob.components.push_back(std::move(component));
    component.clear();
    return std::nullopt;
  };
  for (const Label label : flat) {
    if (label != '/') {
      component.push_back(label);
    } else if (auto error = close()) {
      return error;
    }
  }
  if (auto error = close()) return error;
  canonical(glob.components);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> variable(std::string_view name, const policy::Context& context) {
  const std::string* value = nullptr;
  if (name == "workspace") value = &context.workspace;
  if (name == "home") value = &context.home;
  for (const auto& [key, text] : context.variables)
    if (!value && key == name) value = &text;
  if (!value || value->empty() || value->find('\0') != std::string::npos) return std::nullopt;
  return *value;
}

ParsedGlob parse_glob(std::string_view text, const policy::Context& context, SetPool& sets) {
  ParsedGlob out;
  GlobSequence syntax;
  out.error = parse_syntax(text, context, sets, syntax);
  if (out.error) return out;
  out.error = too_many(syntax, text);
  if (out.error) return out;
  for (auto& flat : multiply(syntax)) {
    out.error = place_home(flat, context);
    if (!out.error) out.error = split(flat, out.alternatives.emplace_back());
    if (out.error) return out;
  }
  return out;
}

ParsedNames parse_names(std::string_view text, const policy::Context& context, SetPool& sets) {
  ParsedNames out;
  GlobSequence syntax;
  out.error = parse_syntax(text, context, sets, syntax);
  if (!out.error) out.error = too_many(syntax, text);
  if (out.error) return out;
  for (auto& flat : multiply(syntax)) {
    auto& labels = out.alternatives.emplace_back(1, kAbstract);
    for (const Label label : flat) {
      const bool star = label == kStar || label == kDeep;
      if (star && labels.back() == kAll) continue;
      labels.push_back(star ? kAll : label == kTilde ? Label{'~'} : label);
    }
    if (labels.back() == kAll) labels.back() = kTail;
  }
  return out;
}

ParsedArgument parse_argument(std::string_view text, const policy::Context& context,
                              SetPool& sets) {
  ParsedArgument out;
  GlobSequence syntax;
  out.error = parse_syntax(text, context, sets, syntax);
  if (!out.error) out.error = too_many(syntax, text);
  if (out.error) return out;
  for (auto& flat : multiply(syntax)) {
    out.error = place_home(flat, context);
    if (out.error) return out;
    const auto deep = std::count(flat.begin(), flat.end(), kDeep);
    if (deep != 0 && flat.size() > 1) {
      out.error = GlobError{"'**' must be a whole argument", "write '*' within an argument"};
      return out;
    }
    auto& labels = out.alternatives.emplace_back();
    for (const Label label : flat) {
      if (label == GH_ARGV_SLASH || label == GH_ARGV_OTHER) {
        out.error = GlobError{"an argument cannot be named by the bytes 1 and 2", "write '?'"};
        return out;
      }
      if (label == kStar && !labels.empty() && labels.back() == kStar) continue;
      labels.push_back(is_byte(label) ? gh_argv_byte(static_cast<std::uint8_t>(label)) : label);
    }
  }
  return out;
}

std::vector<Label> tree_labels(const Glob& glob) {
  std::vector<Label> out;
  for (std::size_t i = 0; i < glob.components.size(); ++i) {
    const auto& component = glob.components[i];
    const bool last = i + 1 == glob.components.size();
    if (!component.empty() && component.front() == kDeep) {
      if (last) {
        out.push_back(kTail);
      } else {
        out.push_back(kDeep);
        out.push_back(kBelow);
      }
      continue;
    }
    out.insert(out.end(), component.begin(), component.end());
    if (!last) out.push_back('/');
  }
  return out;
}

std::size_t literal_components(const Glob& glob) {
  const auto literal = [](const Component& component) {
    return std::all_of(component.begin(), component.end(), is_byte);
  };
  const auto end = std::find_if_not(glob.components.begin(), glob.components.end(), literal);
  return static_cast<std::size_t>(end - glob.components.begin());
}

std::string literal_text(const Glob& glob, std::size_t components) {
  std::string out;
  for (std::size_t i = 0; i < components; ++i) {
    out += '/';
    for (const Label label : glob.components[i])
      out += static_cast<char>(label);
  }
  return out;
}

std::optional<std::string> expand_path(std::string_view text, const policy::Context& context,
                                       GlobError& error) {
  std::string out;
  if (!text.empty() && text[0] == '~' && (text.size() == 1 || text[1] == '/')) {
    if (context.home.empty()) {
      error = {"'~' has no value here", ""};
      return std::nullopt;
    }
    text.remove_prefix(1);
    out = context.home;
  }
  while (!text.empty()) {
    const std::size_t open = text.find("${");
    out += text.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = text.find('}', open);
    const auto name = text.substr(open + 2, close == std::string_view::npos ? 0 : close - open - 2);
    const auto value = variable(name, context);
    if (!value) {
      error = {"${" + std::string(name) + "} has no value here", ""};
      return std::nullopt;
    }
    out += *value;
    text.remove_prefix(close + 1);
  }
  return out;
}

}  // namespace gatehouse::tables
