// SPDX-License-Identifier: Apache-2.0
// Rules on arguments, written down a second time in the plainest way, against the tables. It must never include
// what userspace/tables knows of automata: only words, and the strictest that applies.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "policy/model.h"
#include "tables/compile.h"
#include "tables/evaluate.h"

namespace gatehouse::differential {
namespace {

using policy::Action;
using Words = std::vector<std::string>;

// `*`: any bytes. `?`: one. Of a path's component neither is ever '/', since there is none in it.
bool matches(std::string_view glob, std::string_view word) {
  if (glob.empty()) return word.empty();
  if (glob[0] == '*')
    return matches(glob.substr(1), word) || (!word.empty() && matches(glob, word.substr(1)));
  return !word.empty() && (glob[0] == '?' || glob[0] == word[0]) &&
         matches(glob.substr(1), word.substr(1));
}

bool matches_all(const Words& globs, std::size_t g, const Words& words, std::size_t w, bool whole) {
  if (g == globs.size()) return !whole || w == words.size();
  if (globs[g] == "**")
    return matches_all(globs, g + 1, words, w, whole) ||
           (w < words.size() && matches_all(globs, g, words, w + 1, whole));
  return w < words.size() && matches(globs[g], words[w]) &&
         matches_all(globs, g + 1, words, w + 1, whole);
}

Words components(const std::string& path) {
  Words out;
  std::size_t at = 1;
  for (std::size_t end; (end = path.find('/', at)) != std::string::npos; at = end + 1)
    out.push_back(path.substr(at, end - at));
  out.push_back(path.substr(at));
  return out;
}

bool matches_path(const std::string& glob, const std::string& path) {
  const Words globs = components(glob[0] == '/' ? glob : "/" + glob);
  // "dir/**" is what is below dir, not dir itself.
  if (globs.back() == "**" && globs.size() > 1) {
    Words one = globs;
    one.emplace_back("*");
    return matches_all(one, 0, components(path), 0, true);
  }
  return matches_all(globs, 0, components(path), 0, true);
}

struct Start {
  std::string program;
  Words argv;  // without the first
};

bool matches_command(const Words& command, const Start& start) {
  const bool name = command[0].find('/') == std::string::npos;
  return matches_path(name ? "/**/" + command[0] : command[0], start.program) &&
         matches_all(Words(command.begin() + 1, command.end()), 0, start.argv, 0, false);
}

int strictest_of_layer(const policy::Exec& exec, const Start& start) {
  int verdict = -1;
  const auto apply = [&](const policy::Rule& rule) {
    verdict = std::max(verdict, static_cast<int>(rule.action));
  };
  for (const auto& rule : exec.rules) {
    bool applies = false;
    for (const auto& path : rule.paths)
      applies = applies || matches_path(path, start.program);
    for (const auto& path : rule.except)
      applies = applies && !matches_path(path, start.program);
    if (applies) apply(rule);
  }
  for (const auto& rule : exec.commands) {
    bool applies = matches_command(rule.command, start);
    for (const auto& command : rule.except)
      applies = applies && !matches_command(command, start);
    if (applies) apply(rule);
  }
  return verdict < 0 ? static_cast<int>(exec.fallback) : verdict;
}

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  policy::Policy policy() {
    policy::Policy out;
    out.name = "random";
    for (int l = 0, layers = number(1, 2); l < layers; ++l) {
      auto& layer = out.layers.emplace_back();
      layer.name = layer.file = "layer" + std::to_string(l);
      auto& exec = layer.exec.emplace();
      exec.fallback = one_of<Action>({Action::allow, Action::ask, Action::deny});
      for (int r = 0, rules = number(0, 3); r < rules; ++r) {
        auto& rule = exec.rules.emplace_back();
        fill(rule, "p" + std::to_string(l) + std::to_string(r));
        rule.access = policy::access_bit(GH_EXEC);
        rule.paths = {program_glob()};
        if (number(0, 3) == 0) rule.except = {program_glob()};
      }
      for (int r = 0, rules = number(1, 4); r < rules; ++r) {
        auto& rule = exec.commands.emplace_back();
        fill(rule, "c" + std::to_string(l) + std::to_string(r));
        rule.command = command();
        if (number(0, 2) == 0) rule.except = {command()};
      }
    }
    return out;
  }

  Start start() {
    Start out;
    out.program = one_of<std::string>({"/a", "/b", "/d/a", "/d/b", "/d/e/a", "/a/b"});
    for (int i = 0, words = number(0, 4); i < words; ++i)
      out.argv.push_back(
          one_of<std::string>({"a", "b", "", "/", "a/b", "/d/a", "ab", "\x01", "\x02"}));
    return out;
  }

 private:
  int number(int low, int high) { return std::uniform_int_distribution<>(low, high)(random_); }
  template <typename T>
  T one_of(const std::vector<T>& all) {
    return all[static_cast<std::size_t>(number(0, static_cast<int>(all.size()) - 1))];
  }
  void fill(policy::Rule& rule, std::string id) {
    rule.pointer = "/exec/rules/" + id;
    rule.id = std::move(id);
    rule.action = one_of<Action>({Action::allow, Action::ask, Action::deny, Action::kill});
  }
  std::string program_glob() {
    return one_of<std::string>({"/a", "/d/*", "/**", "/d/**", "**/a", "/d/**/a", "/?", "/*/b"});
  }
  Words command() {
    Words out{number(0, 2) == 0 ? program_glob() : one_of<std::string>({"a", "b", "*", "?"})};
    for (int i = 0, words = number(0, 3); i < words; ++i)
      out.push_back(
          one_of<std::string>({"a", "b", "*", "?", "**", "a*", "*b", "", "/", "a/b", "/d/*"}));
    return out;
  }

  std::mt19937 random_;
};

TEST(CommandDifferentialTest, a_hundred_thousand_starts_are_judged_as_the_rules_say) {
  Generator generator(20261126);
  std::map<int, std::size_t> verdicts;
  for (int p = 0; p < 2'000 && !HasFailure(); ++p) {
    const auto policy = generator.policy();
    Diagnostics diagnostics;
    const auto tables = tables::compile(policy, {"/w", "/h", {}}, nullptr, diagnostics);
    ASSERT_TRUE(tables) << render(diagnostics);
    for (int i = 0; i < 50; ++i) {
      const Start start = generator.start();
      int expected = GH_ALLOW;
      for (const auto& layer : policy.layers)
        expected = std::max(expected, strictest_of_layer(*layer.exec, start));
      Words argv = start.argv;
      argv.insert(argv.begin(), "name");
      const auto got = tables::evaluate_command(*tables, start.program, argv);
      EXPECT_EQ(got.verdict, expected)
          << "policy " << p << " " << start.program << " " << ::testing::PrintToString(start.argv);
      ++verdicts[got.verdict];
    }
  }
  for (const int verdict : {GH_ALLOW, GH_ASK, GH_DENY, GH_KILL})
    EXPECT_GT(verdicts[verdict], 2'000u) << "verdict " << verdict << " hardly occurs";
}

}  // namespace
}  // namespace gatehouse::differential
