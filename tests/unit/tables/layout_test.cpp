// SPDX-License-Identifier: Apache-2.0
// What the kernel relies on in compiled tables: cells in bounds, flags that are true, few states, and
// refusals that come soon. It must never accept a table that could be read beyond its end.
#include <chrono>

#include "differential/generate.h"
#include "shared/steps.h"
#include "unit/tables/asking.h"

namespace gatehouse::tables {
namespace {

std::uint32_t next(const Tables& t, std::uint32_t state, unsigned byte) {
  return gh_next(state, t.states[state], t.transitions[gh_state_base(t.states[state]) + byte]);
}

// Every claim of abi.h and tables.h about numbers and flags.
void check(const Tables& t) {
  ASSERT_LT(t.paths, t.states.size());
  ASSERT_LT(t.endpoints, t.states.size());
  ASSERT_LE(t.states.size(), GH_MAX_STATES);
  ASSERT_LE(t.transitions.size(), GH_MAX_TRANSITIONS);
  for (const auto cell : t.transitions) {
    const auto owner = static_cast<std::uint32_t>(cell);
    ASSERT_TRUE(owner == GH_NO_STATE ||
                (owner < t.states.size() && (cell >> 32) < t.states.size()));
  }
  for (std::uint32_t s = 0; s < t.states.size(); ++s) {
    ASSERT_LT(gh_state_base(t.states[s]) + 255u, t.transitions.size());
    ASSERT_LT(gh_state_default(t.states[s]), t.states.size());
    ASSERT_LT(gh_state_outcome(t.states[s]), t.outcomes.size());
    const auto flags = gh_state_flags(t.states[s]);
    for (unsigned b = 0; b < 256; ++b) {
      const bool stays = next(t, s, b) == s;
      ASSERT_TRUE(stays || (flags & GH_STATE_FINAL) == 0);
      ASSERT_TRUE(stays || (flags & GH_STATE_SKIP) == 0 || b == '/' || b == 0);
    }
  }
}

policy::Policy coding_agent() {
  auto layer =
      files({path_rule("workspace", Action::allow, {"${workspace}/**", "/tmp/**"}),
             path_rule("devices", Action::allow, {"/dev/{null,zero,full,random}", "/dev/pts/*"}),
             path_rule("hooks", Action::deny, {"${workspace}/.git/hooks/**"}),
             path_rule("secrets", Action::deny, {"~/.ssh/**", "**/.env", "**/.env.*"},
                       {"**/.env.example"})},
            Action::allow);
  return policy_of({layer});
}

TEST(Layout, TablesOfRandomPoliciesKeepEveryPromise) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const auto made = differential::Generator(seed).make(0, 0);
    Diagnostics diagnostics;
    const auto tables = compile(made.policy, made.context, nullptr, diagnostics);
    if (tables) check(*tables);
  }
  check(must_compile(policy_of({})));
  check(must_compile(coding_agent()));
}

TEST(Layout, ACodingAgentsPolicyNeedsFewStates) {
  const auto tables = must_compile(coding_agent());
  EXPECT_LT(tables.states.size(), 160u);
  EXPECT_LT(tables.transitions.size(), 900u);
}

std::uint32_t flags_after(const Tables& t, const std::string& path) {
  std::uint32_t state = t.paths;
  for (const char c : path)
    state = next(t, state, static_cast<unsigned char>(c));
  return gh_state_flags(t.states[state]);
}

TEST(Layout, ComponentsThatNoPatternNamesAreSkipped) {
  const auto tables = must_compile(coding_agent());
  for (const char* path : {"/usr/l", "/usr/lib/x", "/tmp/y", "/home/dev/app/src", "/home/other/z"})
    EXPECT_EQ(flags_after(tables, path) & GH_STATE_SKIP, GH_STATE_SKIP) << path;
}

TEST(Layout, WhatIsDecidedForGoodIsFinalAtOnce) {
  const auto tables = must_compile(coding_agent());
  EXPECT_EQ(flags_after(tables, "/home/dev/app/.git/hooks/") & GH_STATE_FINAL, GH_STATE_FINAL);
  const auto nothing = must_compile(policy_of({}));
  EXPECT_EQ(flags_after(nothing, "") & GH_STATE_FINAL, GH_STATE_FINAL);
  const auto all = must_compile(policy_of({files(
      {path_rule("all", Action::kill, {"/**"}), path_rule("late", Action::kill, {"**/a*b*c"}),
       path_rule("weak", Action::ask, {"**/x/**/y"})})}));
  EXPECT_LE(all.states.size(), 5u);
}

TEST(Layout, EqualDirectoriesShareTheirStates) {
  std::vector<policy::PathRule> rules{path_rule("r", Action::allow, {})};
  for (int i = 0; i < 500; ++i)
    rules[0].paths.push_back("/a/" + std::to_string(i) + "/common/tail/of/path");
  EXPECT_LT(must_compile(policy_of({files(rules)})).states.size(), 150u);
}

std::vector<policy::PathRule> many(std::size_t count) {
  std::vector<policy::PathRule> rules;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string n = std::to_string(i * 2654435761u % 1000000);
    rules.push_back(
        path_rule("r" + n, i % 2 == 0 ? Action::allow : Action::deny,
                  {i % 3 == 0 ? "/srv/" + n + "/**" : "/opt/app-" + n + "/config.json"}));
  }
  return rules;
}

TEST(Layout, TenThousandRulesFitSixMegabytes) {
  const auto start = std::chrono::steady_clock::now();
  const auto tables = must_compile(policy_of({files(many(10000))}));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  EXPECT_LE(tables.states.size() * 8 + tables.transitions.size() * 8 + tables.outcomes.size() * 32,
            std::size_t{6} << 20);
  EXPECT_LT(took.count(), 10.0);  // measured: 0.1 s; this only catches a change of order
  EXPECT_EQ(on_read(tables, "/srv/0/x/y"), "allow r0");
  check(tables);
}

TEST(Layout, PatternsThatMultiplyAreRefusedSoonWithTheirRules) {
  std::vector<policy::PathRule> seen, stars;
  for (int i = 0; i < 40; ++i) {
    const std::string n = std::to_string(i);
    seen.push_back(path_rule("seen" + n, i % 2 == 0 ? Action::allow : Action::deny,
                             {"**/a" + n + "/**/b" + n + "/**"}));
    seen.back().access = static_cast<policy::AccessSet>(1u << i % 6);
    stars.push_back(path_rule("star" + n, Action::deny, {"**/*a?????????" + n + "*b?????????c*"}));
  }
  seen.push_back(path_rule("innocent", Action::deny, {"/etc/shadow"}));
  for (const auto& rules : {seen, stars}) {
    const auto start = std::chrono::steady_clock::now();
    const auto text = refusal(policy_of({files(rules)}));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    EXPECT_NE(text.find("given up at"), std::string::npos) << text;
    EXPECT_NE(text.find(rules[0].id.substr(0, 4)), std::string::npos) << text;
    EXPECT_EQ(text.find("innocent"), std::string::npos) << text;
    EXPECT_LT(took.count(), 10.0);  // measured: 0.5 s
  }
}

TEST(Layout, TooManyRulesOutcomesOrLayersAreRefusedWithTheFigure) {
  std::vector<policy::PathRule> rules(GH_MAX_RULES + 1, path_rule("r", Action::deny, {"/a"}));
  EXPECT_NE(refusal(policy_of({files(rules)})).find("needs 65001 rules, and 65000 is the limit"),
            std::string::npos);
  EXPECT_NE(
      refusal(policy_of({files(many(20000))})).find("distinct outcomes, and 16384 is the limit"),
      std::string::npos);
  EXPECT_NE(refusal(policy_of(std::vector<policy::Layer>(65, files({})))).find("64 is the limit"),
            std::string::npos);
}

}  // namespace
}  // namespace gatehouse::tables
