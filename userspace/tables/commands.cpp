// SPDX-License-Identifier: Apache-2.0
// Words → programs and argument lists → patterns. It must never drop an alternative: too many are refused.
#include "tables/commands.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace gatehouse::tables {
namespace {

// Where people's shells look for programs.
constexpr std::array<std::string_view, 6> kDirectories = {
    "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"};

bool is_name(std::string_view word) {
  return word.find('/') == std::string_view::npos && word.find("${") == std::string_view::npos;
}

class Parser {
 public:
  Parser(const policy::Context& context, Symlinks& links, SetPool& sets, bool exact)
      : context_(context), links_(links), sets_(sets), exact_(exact) {}

  ParsedCommand run(const policy::CommandRule::Command& words) {
    add_programs(words[0]);
    std::vector<Glob> lists(1);
    for (std::size_t i = 1; i < words.size() && !out_.error; ++i) {
      out_.word = i;
      add_argument(words[i], lists);
    }
    if (out_.error) return std::move(out_);
    for (const Glob& program : out_.programs)
      for (const Glob& list : lists)
        add_patterns(program, list);
    return std::move(out_);
  }

 private:
  void add_programs(const std::string& word) {
    const bool name = is_name(word);
    auto parsed = parse_glob(name ? "**/" + word : word, context_, sets_);
    out_.error = parsed.error;
    if (out_.error) return;
    out_.programs = std::move(parsed.alternatives);
    // A name may be a link to a program of another name, and rules see where it leads.
    if (name && word.find_first_of("*?[{\\") == std::string::npos)
      for (const std::string_view directory : kDirectories)
        follow(std::string(directory) + "/" + word);
    if (!name)
      for (std::size_t i = 0, count = out_.programs.size(); i < count; ++i)
        follow(Glob(out_.programs[i]));
  }

  void follow(const std::string& path) {
    const auto parsed = parse_glob(path, context_, sets_);
    for (const Glob& glob : parsed.alternatives)
      follow(glob);
  }

  void follow(const Glob& glob) {
    const auto moved = links_.follow(glob);
    if (!moved || covered(moved->glob)) return;
    out_.programs.push_back(moved->glob);
    out_.notes.push_back("'" + moved->prefix +
                         "' is a symlink on this host: the rule also covers '" + moved->target +
                         "'");
  }

  // By what is there already: the same path, or "**/" and its last name.
  [[nodiscard]] bool covered(const Glob& program) const {
    return std::any_of(out_.programs.begin(), out_.programs.end(), [&](const Glob& known) {
      const auto& components = known.components;
      const bool anywhere = components.size() == 2 && components[0] == Component{kDeep};
      return components == program.components ||
             (anywhere && components[1] == program.components.back());
    });
  }

  void add_argument(const std::string& word, std::vector<Glob>& lists) {
    auto parsed = parse_argument(word, context_, sets_);
    if (!parsed.error && parsed.alternatives.size() * lists.size() > kMaxAlternatives)
      parsed.error = GlobError{
          "the braces stand for more than " + std::to_string(kMaxAlternatives) + " alternatives",
          "split the rule, or use '*' and [sets]"};
    out_.error = parsed.error;
    if (out_.error) return;
    std::vector<Glob> longer;
    for (const Glob& list : lists)
      for (const Component& argument : parsed.alternatives) {
        longer.push_back(list);
        longer.back().components.push_back(argument);
      }
    lists = std::move(longer);
  }

  // The named arguments, and nothing or further ones behind them.
  void add_patterns(const Glob& program, Glob list) {
    bool exact = exact_;
    for (; !list.components.empty() && list.components.back() == Component{kDeep}; exact = false)
      list.components.pop_back();
    if (list.components.empty() && !exact) {
      out_.patterns.push_back(with_any_arguments(program));
      return;
    }
    Glob whole = program;  // "**" ends at the end of the path here
    if (whole.components.back() == Component{kDeep}) whole.components.push_back({kStar});
    auto labels = tree_labels(whole);
    labels.push_back(0);
    if (!list.components.empty()) labels.push_back('/');
    const auto arguments = tree_labels(list);
    labels.insert(labels.end(), arguments.begin(), arguments.end());
    out_.patterns.push_back(labels);
    if (exact) return;
    labels.push_back('/');
    labels.push_back(kTail);
    out_.patterns.push_back(std::move(labels));
  }

  const policy::Context& context_;
  Symlinks& links_;
  SetPool& sets_;
  const bool exact_;
  ParsedCommand out_;
};

}  // namespace

ParsedCommand parse_command(const policy::CommandRule::Command& words,
                            const policy::Context& context, Symlinks& links, SetPool& sets,
                            bool exact) {
  return Parser(context, links, sets, exact).run(words);
}

std::vector<Label> with_any_arguments(const Glob& program) {
  auto labels = tree_labels(program);
  if (labels.empty() || labels.back() != kTail) {
    labels.push_back(0);
    labels.push_back(kTail);
  }
  return labels;
}

}  // namespace gatehouse::tables
