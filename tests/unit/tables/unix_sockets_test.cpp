// SPDX-License-Identifier: Apache-2.0
// The column of unix sockets, and abstract names as bytes beside the paths. It must never let the one kind
// of name answer for the other.
#include "tables/run_tests.h"
#include "unit/tables/asking.h"

namespace gatehouse::tables {
namespace {

using namespace std::string_literals;

policy::PathRule socket_rule(std::string id, Action action, std::vector<std::string> paths,
                             std::vector<std::string> abstract,
                             std::vector<std::string> except = {}) {
  auto rule = path_rule(std::move(id), action, std::move(paths), std::move(except));
  rule.access = policy::access_bit(GH_UNIX);
  rule.abstract = std::move(abstract);
  return rule;
}

policy::Layer sockets(std::vector<policy::PathRule> rules, Action fallback = Action::deny) {
  policy::Layer layer;
  layer.name = layer.file = "p.json";
  layer.unix_sockets.emplace();
  layer.unix_sockets->fallback = fallback;
  layer.unix_sockets->rules = std::move(rules);
  return layer;
}

std::string on(const Tables& tables, const std::string& object) {
  return answer(tables, evaluate_path(tables, object, GH_UNIX));
}

// Whether `glob`, alone in an allow rule, covers the name.
bool names(const std::string& glob, const std::string& name) {
  return on(must_compile(policy_of({sockets({socket_rule("r", Action::allow, {}, {glob})})})),
            "@" + name) == "allow r";
}

TEST(UnixTables, paths_and_names_never_meet) {
  const auto tables =
      must_compile(policy_of({sockets({socket_rule("path", Action::allow, {"/**", "**/a"}, {}),
                                       socket_rule("name", Action::ask, {}, {"a", "/tmp/**"})})}));
  EXPECT_EQ(on(tables, "/a"), "allow path");
  EXPECT_EQ(on(tables, "/tmp/x"), "allow path");
  EXPECT_EQ(on(tables, "/@a"), "allow path");
  EXPECT_EQ(on(tables, "@a"), "ask name");
  EXPECT_EQ(on(tables, "@/tmp/x"), "ask name");
  EXPECT_EQ(on(tables, "@b/a"), "deny -");
  EXPECT_EQ(on(tables, "@"), "deny -");
}

TEST(UnixTables, a_rule_on_every_path_is_none_on_names) {
  const auto tables =
      must_compile(policy_of({sockets({socket_rule("p", Action::allow, {"/**"}, {})})}));
  EXPECT_EQ(on(tables, "@x"), "deny -");
  EXPECT_EQ(on(tables, "@/x/y"), "deny -");
}

TEST(UnixTables, names_are_bytes_without_components) {
  EXPECT_TRUE(names("*", ""));
  EXPECT_TRUE(names("*", "a/b\0c\xff"s));
  EXPECT_TRUE(names("a*", "a/b"));
  EXPECT_TRUE(names("a*", "a"));
  EXPECT_TRUE(names("a*c", "a//c"));
  EXPECT_TRUE(names("a*c", "a\0c/cc"s));
  EXPECT_FALSE(names("a*c", "a/cd"));
  EXPECT_TRUE(names("**x", "/x"));
  EXPECT_TRUE(names("a?b", "a/b"));
  EXPECT_TRUE(names("a?b", "a\0b"s));
  EXPECT_FALSE(names("a?b", "a//b"));
  EXPECT_TRUE(names("{a,b/}c", "b/c"));
  EXPECT_TRUE(names("~/..//.", "~/..//."));
  EXPECT_TRUE(names("x/", "x/"));
  EXPECT_FALSE(names("x", "x\0"s));
  EXPECT_FALSE(names("x", "x/"));
  EXPECT_FALSE(names("[!a]", "/"));
  EXPECT_TRUE(names("[!a]b", "cb"));
  EXPECT_TRUE(names("${workspace}-*", "/home/dev/app-1"));
}

TEST(UnixTables, exceptions_of_both_kinds_take_away_from_their_rule) {
  const auto tables = must_compile(policy_of(
      {sockets({socket_rule("wide", Action::allow, {"/t/**"}, {"*"}, {"/t/x", "@x*y", "@/*"})})}));
  EXPECT_EQ(on(tables, "/t/y"), "allow wide");
  EXPECT_EQ(on(tables, "/t/x"), "deny -");
  EXPECT_EQ(on(tables, "@x"), "allow wide");
  EXPECT_EQ(on(tables, "@x/y"), "deny -");
  EXPECT_EQ(on(tables, "@x/yz"), "allow wide");
  EXPECT_EQ(on(tables, "@/"), "deny -");
}

TEST(UnixTables, sockets_are_a_column_of_their_own) {
  auto layer = files({path_rule("r", Action::deny, {"/a"})}, Action::allow);
  const auto silent = must_compile(policy_of({layer}));
  EXPECT_EQ(on(silent, "/a"), "deny -");
  EXPECT_EQ(on_read(silent, "/b"), "allow -");
  layer.unix_sockets.emplace().rules = {socket_rule("s", Action::allow, {"/a"}, {})};
  const auto both = must_compile(policy_of({layer}));
  EXPECT_EQ(on(both, "/a"), "allow s");
  EXPECT_EQ(on_read(both, "/a"), "deny r");
  EXPECT_EQ(on(both, "/b"), "deny -");
}

TEST(UnixTables, the_strictest_layer_wins) {
  const auto tables = must_compile(policy_of(
      {sockets({socket_rule("loose", Action::allow, {"/**"}, {"*"})}),
       sockets({socket_rule("strict", Action::deny, {"/run/**"}, {"b*"})}, Action::allow)}));
  EXPECT_EQ(on(tables, "/tmp/x"), "allow loose");
  EXPECT_EQ(on(tables, "/run/x"), "deny strict");
  EXPECT_EQ(on(tables, "@bus"), "deny strict");
  EXPECT_EQ(on(tables, "@a"), "allow loose");
}

TEST(UnixTables, gatehouse_s_own_rule_covers_where_it_listens_and_nothing_else) {
  auto rule = socket_rule("gatehouse", Action::allow, {"/run/gatehouse/*.sock"}, {});
  auto listed = rule;
  rule.implied = true;
  auto where = context();
  where.socket = "/srv/a*b/s";
  Diagnostics diagnostics;
  const auto tables = compile(policy_of({sockets({rule})}), where, nullptr, diagnostics);
  ASSERT_TRUE(tables) << render(diagnostics);
  EXPECT_EQ(on(*tables, "/srv/a*b/s"), "allow gatehouse");
  EXPECT_EQ(on(*tables, "/srv/axb/s"), "deny -");
  EXPECT_EQ(on(*tables, "/run/gatehouse/run-1.sock"), "allow gatehouse");
  const auto plain = compile(policy_of({sockets({listed})}), where, nullptr, diagnostics);
  EXPECT_EQ(on(*plain, "/srv/a*b/s"), "deny -");
}

TEST(UnixTables, a_bad_name_is_refused_where_it_stands) {
  const auto text =
      refusal(policy_of({sockets({socket_rule("r", Action::allow, {}, {"a", "[x"})})}));
  EXPECT_NE(text.find("/filesystem/rules/r/abstract/1"), std::string::npos) << text;
  EXPECT_NE(refusal(policy_of({sockets({socket_rule("r", Action::allow, {}, {"${nobody}"})})})),
            "");
}

TEST(UnixTables, tests_of_a_policy_know_names) {
  auto policy = policy_of({sockets({socket_rule("r", Action::allow, {}, {"a*"})})});
  policy::PolicyTest test;
  test.expect = Action::deny;
  test.access = GH_UNIX;
  test.object = "@a//b";
  test.pointer = "/tests/0";
  policy.tests = {test};
  Diagnostics diagnostics;
  run_tests(policy, must_compile(policy), context(), diagnostics);
  EXPECT_NE(render(diagnostics).find("'@a//b': expected deny, got allow by rule 'r'"),
            std::string::npos)
      << render(diagnostics);
}

}  // namespace
}  // namespace gatehouse::tables
