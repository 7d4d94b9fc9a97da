// SPDX-License-Identifier: Apache-2.0
// The checks behind pattern.h. They must never let a pattern pass that cannot match any path: as a
// deny rule it would be a hole that looks like a wall.
#include "policy/pattern.h"

#include <algorithm>
#include <cctype>

#include "base/quote.h"
#include "policy/document.h"
#include "policy/fields.h"

namespace gatehouse::policy {
namespace {

constexpr std::string_view kWorkspace = "${workspace}";
constexpr std::string_view kHome = "${home}";
constexpr std::size_t kMaxVariables = 256;

bool is_variable_name(std::string_view name) {
  constexpr std::size_t kLongest = 64;
  return !name.empty() && name.size() <= kLongest &&
         std::isalpha(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return c < 0x80 && (std::isalnum(c) || c == '_' || c == '-');
         });
}

std::string known_variables(const std::string& name, const Variables& variables) {
  Words words = {"workspace", "home"};
  for (const auto& variable : variables)
    words.push_back(variable.first);
  if (const auto guess = nearest(name, words))
    return "did you mean \"${" + std::string(*guess) + "}\"?";
  std::string out = "known: workspace, home";
  constexpr std::size_t kShown = 20;
  for (std::size_t i = 0; i < variables.size() && i < kShown; ++i)
    out += ", " + variables[i].first;
  if (variables.size() > kShown) out += ", …";
  return out + R"( (others belong under "variables"))";
}

// Offset of the next "${" that no backslash takes away.
std::size_t find_variable(std::string_view text, std::size_t from) {
  for (std::size_t i = from; i + 1 < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '$' && text[i + 1] == '{') {
      return i;
    }
  }
  return std::string_view::npos;
}

// Replaces ${name} by the file's variables, leaves the session's own.
std::optional<std::string> substitute(const std::string& text, const std::string& at,
                                      const Variables& variables, Report& report) {
  std::string out;
  std::size_t done = 0;
  for (auto open = find_variable(text, 0); open != std::string::npos;
       open = find_variable(text, done)) {
    const auto close = text.find('}', open);
    if (close == std::string::npos) {
      report.error(at, "\"${\" without \"}\" in " + quote(text),
                   R"(write ${name}, or \$ for a dollar sign)");
      return std::nullopt;
    }
    out.append(text, done, open - done);
    done = close + 1;
    const std::string name = text.substr(open + 2, close - open - 2);
    const auto found = std::find_if(variables.begin(), variables.end(),
                                    [&](const auto& variable) { return variable.first == name; });
    if (found != variables.end()) {
      out += found->second;
    } else if (name == "workspace" || name == "home") {
      out += "${" + name + "}";
    } else {
      report.error(at, "unknown variable " + quote("${" + name + "}"),
                   known_variables(name, variables));
      return std::nullopt;
    }
    if (out.size() > kMaxPatternBytes) return out;  // the caller refuses it
  }
  return out.append(text, done, std::string::npos);
}

std::string start_hint(std::string_view text) {
  if (text == "**") return R"(write "/**" for everything)";
  if (text.starts_with("$HOME")) return R"(write "~/…" or "${home}/…")";
  if (text.starts_with("~")) return "only ~/ is known: the home directory of the session's owner";
  if (text.starts_with("./")) text.remove_prefix(2);
  while (text.ends_with('/'))
    text.remove_suffix(1);
  if (text.empty() || text.size() > 60 || text.find_first_of("{/~$") == 0)
    return "start it with /, ~/, ${workspace}/ or **/";
  const std::string shown = visible(text);
  return "write \"${workspace}/" + shown + "\", or \"**/" + shown + "\" for any depth";
}

bool check_start(std::string_view text, const std::string& at, PathKind kind, Report& report) {
  const bool any_depth = kind == PathKind::pattern && text.starts_with("**/");
  if (start_of(text).empty() || (start_of(text) == "**" && !any_depth)) {
    report.error(at, quote(text) + " does not start with /, ~/, ${…} or **/",
                 kind == PathKind::pattern ? start_hint(text) : "write an absolute path");
    return false;
  }
  for (const auto variable : {kWorkspace, kHome}) {
    const auto found = text.find(variable, 1);
    if (found == std::string_view::npos || text[found - 1] == '\\') continue;
    report.error(at, std::string(variable) + " in the middle of " + quote(text),
                 "it is an absolute path: it can only stand at the start");
    return false;
  }
  return true;
}

// Components that the kernel's resolved paths never have.
bool check_components(std::string_view text, const std::string& at, PathKind kind, Report& report) {
  if (text.size() > 1 && text.ends_with('/')) {
    const std::string dir(text.substr(0, text.size() - 1));
    report.error(at, quote(text) + " ends in a slash and matches nothing",
                 kind == PathKind::path || dir.size() > 60
                     ? "leave the slash out"
                     : "write " + quote(dir + "/**") + " for what is below it, " + quote(dir) +
                           " for the directory itself");
    return false;
  }
  std::string_view rest = text;
  for (std::size_t from = 0; from <= rest.size();) {
    const std::size_t to = std::min(rest.find('/', from), rest.size());
    const std::string_view part = rest.substr(from, to - from);
    const bool doubled = part.empty() && from > 0 && rest.size() > 1;
    if (part == "." || part == ".." || doubled) {
      report.error(at,
                   quote(text) + " has " + (doubled ? "\"//\"" : quote(part) + " as a name") +
                       " in it and matches nothing",
                   "paths are matched after the kernel resolved them: write the plain path");
      return false;
    }
    from = to + 1;
  }
  return true;
}

}  // namespace

std::optional<std::string> expand_variables(const std::string& text, const std::string& at,
                                            const Variables& variables, Report& report) {
  return substitute(text, at, variables, report);
}

std::string_view start_of(std::string_view text) {
  for (const auto variable : {kWorkspace, kHome})
    if (text.starts_with(variable)) return variable;
  if (text.starts_with('/')) return "/";
  if (text == "~" || text.starts_with("~/")) return "~";
  if (text.starts_with("**/")) return "**";
  return {};
}

Variables read_variables(const Value& value, const std::string& at, Report& report) {
  Variables out;
  const auto* members = value.object();
  if (!members) {
    wrong_type(value, at, "an object", report);
    return out;
  }
  if (members->size() > kMaxVariables) {
    report.error(at, std::to_string(members->size()) + " variables are more than " +
                         std::to_string(kMaxVariables));
    return out;
  }
  for (const Member& member : *members) {
    const std::string where = pointer_to(at, member.key);
    if (member.key == "workspace" || member.key == "home") {
      report.error(where, quote(member.key) + " is set by the session", "take another name");
      continue;
    }
    if (!is_variable_name(member.key)) {
      report.error(where, quote(member.key) + " is no name for a variable",
                   "letters, digits, _ and -, starting with a letter, at most 64");
      continue;
    }
    const auto* text = string_at(member.value, where, report);
    if (!text) continue;
    const auto expanded = substitute(*text, where, {}, report);
    if (!expanded) continue;
    if (expanded->empty() || expanded->size() > kMaxPatternBytes) {
      report.error(where, "the text of " + quote(member.key) + " has " +
                              std::to_string(expanded->size()) + " bytes, not 1 to " +
                              std::to_string(kMaxPatternBytes));
      continue;
    }
    out.emplace_back(member.key, *expanded);
  }
  return out;
}

std::optional<std::string> read_path(const Value& value, const std::string& at, PathKind kind,
                                     const Variables& variables, Report& report) {
  const auto* written = string_at(value, at, report);
  if (!written) return std::nullopt;
  if (written->empty()) {
    report.error(at, "an empty path", "write \"/**\" for everything");
    return std::nullopt;
  }
  auto text = substitute(*written, at, variables, report);
  if (!text) return std::nullopt;
  if (text->size() > kMaxPatternBytes) {
    report.error(
        at, quote(*written, 40) + " is longer than " + std::to_string(kMaxPatternBytes) + " bytes",
        "no path is: use * or **, or several patterns");
    return std::nullopt;
  }
  if (!check_start(*text, at, kind, report)) return std::nullopt;
  if (!check_components(*text, at, kind, report)) return std::nullopt;
  return text;
}

}  // namespace gatehouse::policy
