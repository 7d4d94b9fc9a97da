// SPDX-License-Identifier: Apache-2.0
// Which rule wins, which is reported, and what a policy's other parts become. It must never depend on
// how the automaton is made.
#include <algorithm>

#include "unit/tables/asking.h"

namespace gatehouse::tables {
namespace {

TEST(Compile, StrictestVerdictWinsInAnyOrder) {
  auto rules = std::vector{path_rule("allow", Action::allow, {"/a/**"}),
                           path_rule("deny", Action::deny, {"**/.env"}),
                           path_rule("ask", Action::ask, {"/a/*"})};
  for (int i = 0; i < 6; ++i) {
    const auto tables = must_compile(policy_of({files(rules)}));
    EXPECT_EQ(on_read(tables, "/a/x/y"), "allow allow");
    EXPECT_EQ(on_read(tables, "/a/x"), "ask ask");
    EXPECT_EQ(on_read(tables, "/a/.env"), "deny deny");
    EXPECT_EQ(on_read(tables, "/b"), "deny -");
    std::next_permutation(rules.begin(), rules.end(),
                          [](const auto& a, const auto& b) { return a.id < b.id; });
  }
}

TEST(Compile, FirstOfEquallyStrictRulesIsReported) {
  const auto tables = must_compile(policy_of(
      {files({path_rule("one", Action::deny, {"**/x"}), path_rule("two", Action::deny, {"/a/**"}),
              path_rule("three", Action::deny, {"/a/b"})})}));
  EXPECT_EQ(on_read(tables, "/a/x"), "deny one");
  EXPECT_EQ(on_read(tables, "/a/b"), "deny two");
  EXPECT_EQ(on_read(tables, "/a/b/x"), "deny one");
}

TEST(Compile, ExceptionsTakeOneRuleAwayAndNoOther) {
  const auto tables = must_compile(
      policy_of({files({path_rule("secrets", Action::deny, {"**/.env.*"}, {"**/.env.example"}),
                        path_rule("work", Action::allow, {"/w/**"}, {"/w/off/**"}),
                        path_rule("off", Action::ask, {"/w/off/ask/**"}, {"/w/off/ask/x/**"})})}));
  EXPECT_EQ(on_read(tables, "/w/.env.local"), "deny secrets");
  EXPECT_EQ(on_read(tables, "/w/.env.example"), "allow work");
  EXPECT_EQ(on_read(tables, "/w/.env.example2"), "deny secrets");
  EXPECT_EQ(on_read(tables, "/w/off/a"), "deny -");
  EXPECT_EQ(on_read(tables, "/w/offside"), "allow work");
  EXPECT_EQ(on_read(tables, "/w/off/ask/y"), "ask off");
  EXPECT_EQ(on_read(tables, "/w/off/ask/x/y"), "deny -");
}

TEST(Compile, DefaultDecidesPerAccess) {
  auto layer = files({path_rule("r", Action::deny, {"/a"})});
  layer.filesystem->defaults.column[GH_READ] = Action::allow;
  layer.filesystem->defaults.column[GH_CREATE] = Action::ask;
  const auto tables = must_compile(policy_of({layer}));
  EXPECT_EQ(on_read(tables, "/b"), "allow -");
  EXPECT_EQ(on_read(tables, "/a"), "deny r");
  EXPECT_EQ(answer(tables, evaluate_path(tables, "/a", GH_CREATE)), "ask -");
  EXPECT_EQ(answer(tables, evaluate_path(tables, "/a", GH_WRITE)), "deny -");
}

policy::Layer with_privilege(policy::PrivilegeSet allowed, policy::PrivilegeSet named) {
  auto layer = files({});
  layer.privilege = policy::Privilege{allowed, named};
  return layer;
}

TEST(Compile, PrivilegesMustBeAllowedByEveryLayerThatSpeaksOfThem) {
  EXPECT_EQ(must_compile(policy_of({files({})})).privileges, 0u);
  EXPECT_EQ(must_compile(policy_of({with_privilege(6, 6)})).privileges, 6u);
  const auto silent = must_compile(policy_of({with_privilege(6, 6), files({})}));
  EXPECT_EQ(silent.privileges, 6u);
  const auto both = must_compile(policy_of({with_privilege(6, 6), with_privilege(3, 3)}));
  EXPECT_EQ(both.privileges, 2u);
  EXPECT_EQ(both.privileges_named, 2u);  // 1 and 4 are denied by a default
  const auto listed = must_compile(policy_of({with_privilege(6, 6), with_privilege(~4u, 4)}));
  EXPECT_EQ(listed.privileges, 2u);
  EXPECT_EQ(listed.privileges_named, 6u);
}

TEST(Compile, PrivilegesAreEvaluatedAndPartOfTheDigest) {
  const auto none = must_compile(policy_of({with_privilege(0, 0)}));
  const auto some =
      must_compile(policy_of({with_privilege(policy::PrivilegeSet().set(GH_PRIVILEGE_BPF), 0)}));
  EXPECT_NE(none.digest, some.digest);
  EXPECT_EQ(answer(none, evaluate_privilege(none, GH_PRIVILEGE_BPF)), "deny -");
  EXPECT_EQ(answer(some, evaluate_privilege(some, GH_PRIVILEGE_BPF)), "allow -");
  EXPECT_EQ(answer(some, evaluate_privilege(some, GH_PRIVILEGE_PERF)), "deny -");
}

TEST(Compile, StrictestLayerWinsAndItsRuleIsReported) {
  const auto organisation = files({path_rule("no", Action::deny, {"/etc/**"})}, Action::allow);
  const auto session = files(
      {path_rule("yes", Action::allow, {"/**"}), path_rule("also", Action::deny, {"/etc/x"})});
  const auto tables = must_compile(policy_of({organisation, session}));
  EXPECT_EQ(on_read(tables, "/etc/passwd"), "deny no");
  EXPECT_EQ(on_read(tables, "/etc/x"), "deny no");
  EXPECT_EQ(on_read(tables, "/usr"), "allow yes");
  EXPECT_EQ(on_read(tables, "/"), "deny -");
}

TEST(Compile, AWeakRuleLiftsOnlyItsOwnLayersDefault) {
  const auto tables = must_compile(policy_of({files({path_rule("a", Action::ask, {"/x/**"})}),
                                              files({path_rule("b", Action::allow, {"/x/y"})})}));
  EXPECT_EQ(on_read(tables, "/x/y"), "ask a");
  EXPECT_EQ(on_read(tables, "/x/z"), "deny -");
}

TEST(Compile, WhatNoLayerSpeaksOfIsDenied) {
  policy::Layer layer;
  layer.exec.emplace().fallback = Action::allow;
  const auto tables = must_compile(policy_of({layer}));
  EXPECT_EQ(on_read(tables, "/a"), "deny -");
  EXPECT_EQ(answer(tables, evaluate_path(tables, "/a", GH_EXEC)), "allow -");
  EXPECT_EQ(answer(tables, evaluate_endpoint(tables, *parse_endpoint(GH_PROTO_TCP, "1.2.3.4:5"),
                                             GH_CONNECT)),
            "deny -");
  EXPECT_EQ(on_read(must_compile(policy_of({})), "/"), "deny -");
}

TEST(Compile, ExecIsTheStricterOfFilesystemAndExecSections) {
  auto layer = files(
      {path_rule("fs", Action::allow, {"/usr/**"}), path_rule("su", Action::ask, {"/usr/su"})});
  for (auto& rule : layer.filesystem->rules)
    rule.access = policy::access_bit(GH_EXEC);
  auto& exec = layer.exec.emplace();
  exec.fallback = Action::allow;
  exec.rules = {path_rule("sudo", Action::kill, {"/usr/sudo"})};
  exec.rules[0].access = policy::access_bit(GH_EXEC);
  const auto tables = must_compile(policy_of({layer}));
  const auto on_exec = [&](const char* path) {
    return answer(tables, evaluate_path(tables, path, GH_EXEC));
  };
  EXPECT_EQ(on_exec("/usr/ls"), "allow fs");
  EXPECT_EQ(on_exec("/usr/su"), "ask su");
  EXPECT_EQ(on_exec("/usr/sudo"), "kill sudo");
  EXPECT_EQ(on_exec("/opt/x"), "deny -");
}

TEST(Compile, LogOfAnyApplicableRuleIsKept) {
  auto loud = path_rule("loud", Action::allow, {"**/x"});
  loud.log = true;
  const auto tables =
      must_compile(policy_of({files({path_rule("deny", Action::deny, {"/a/**"}), loud})}));
  EXPECT_EQ(on_read(tables, "/a/x"), "deny deny logged");
  EXPECT_EQ(on_read(tables, "/a/y"), "deny deny");
  EXPECT_EQ(on_read(tables, "/b/x"), "allow loud logged");
}

TEST(Compile, LinksOnThisHostCoverTheirTargetsToo) {
  const SymlinkResolver resolve = [](const std::string& path) -> std::optional<std::string> {
    if (path == "/var/run") return "/run";
    if (path == "/etc/localtime") return "/usr/share/zoneinfo/UTC";
    return std::nullopt;
  };
  Diagnostics diagnostics;
  const auto policy = policy_of({files(
      {path_rule("r", Action::allow, {"/var/run/new/**", "/etc/localtime"}, {"/var/run/new/x"})})});
  const auto tables = compile(policy, context(), resolve, diagnostics);
  ASSERT_TRUE(tables);
  for (const char* path :
       {"/var/run/new/a", "/run/new/a", "/etc/localtime", "/usr/share/zoneinfo/UTC"})
    EXPECT_EQ(on_read(*tables, path), "allow r") << path;
  for (const char* path : {"/run/new/x", "/var/run/new/x", "/run/old"})
    EXPECT_EQ(on_read(*tables, path), "deny -") << path;
  const auto text = render(diagnostics);
  EXPECT_NE(
      text.find(
          "/paths/0: note: '/var/run' is a symlink on this host: rules on it also cover '/run'"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find("/paths/1: note: '/etc/localtime'"), std::string::npos) << text;
}

TEST(Compile, FlagsAndUnnamedComeFromThePolicy) {
  auto policy = policy_of({files({})});
  policy.audit = true;
  policy.approvals.on_unattended = policy::Approvals::Unattended::wait;
  auto tables = must_compile(policy);
  EXPECT_EQ(tables.flags,
            GH_POLICY_AUDIT | GH_POLICY_UNATTENDED_WAIT | GH_POLICY_HOLD_AUTO | GH_POLICY_NETWORK);
  EXPECT_EQ(tables.unnamed, GH_DENY);

  policy.audit = false;
  policy.approvals.on_unattended = policy::Approvals::Unattended::allow;
  policy.approvals.hold = policy::Approvals::Hold::stop;
  policy.layers[0].exec.emplace().unnamed = Action::allow;
  auto& network = policy.layers[0].network.emplace();
  for (auto& column : network.defaults.column)
    column = Action::allow;
  tables = must_compile(policy);
  EXPECT_EQ(tables.flags, GH_POLICY_UNATTENDED_ALLOW);
  EXPECT_EQ(tables.unnamed, GH_ALLOW);

  policy.approvals.hold = policy::Approvals::Hold::freeze;
  policy.log_allowed = true;
  policy.layers.push_back(files({}));
  policy.layers[1].exec.emplace().unnamed = Action::ask;
  tables = must_compile(policy);
  EXPECT_EQ(tables.flags, GH_POLICY_UNATTENDED_ALLOW | GH_POLICY_HOLD_FREEZE | GH_POLICY_LOG_ALLOW |
                              GH_POLICY_NETWORK);
  EXPECT_EQ(tables.unnamed, GH_ASK);
}

TEST(Compile, RulesAreListedInFlattenedOrderWithTheirSources) {
  auto layer = files({path_rule("f", Action::deny, {"/a"})});
  layer.exec.emplace().rules = {path_rule("e", Action::deny, {"/b"})};
  layer.network.emplace().rules.resize(1);
  layer.network->rules[0].id = "n";
  auto first = files({path_rule("o", Action::deny, {"/c"})});
  first.filesystem->rules[0].reason = "because";
  const auto tables = must_compile(policy_of({first, layer}));
  ASSERT_EQ(tables.rules.size(), 4u);
  EXPECT_EQ(tables.rules[0].id + tables.rules[1].id + tables.rules[2].id + tables.rules[3].id,
            "ofen");
  EXPECT_EQ(tables.rules[0].reason, "because");
  EXPECT_EQ(tables.rules[0].pointer, "/filesystem/rules/o");
  EXPECT_EQ(tables.rules[0].file, "p.json");
}

TEST(Compile, DigestNamesTheContent) {
  const auto one = policy_of({files({path_rule("r", Action::deny, {"/a"})})});
  const auto two = policy_of({files({path_rule("r", Action::deny, {"/b"})})});
  EXPECT_EQ(must_compile(one).digest, must_compile(one).digest);
  EXPECT_NE(must_compile(one).digest, must_compile(two).digest);
}

}  // namespace
}  // namespace gatehouse::tables
