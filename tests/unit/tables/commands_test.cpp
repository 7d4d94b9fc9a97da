// SPDX-License-Identifier: Apache-2.0
// Rules on arguments: what they match, and how they and rules on the program alone come to one verdict. It must
// never say a verdict that the kernel would not reach by the same tables.
#include "unit/tables/asking.h"

namespace gatehouse::tables {
namespace {

using Argv = std::vector<std::string>;

policy::CommandRule command(std::string id, Action action, Argv words,
                            std::vector<Argv> except = {}) {
  policy::CommandRule rule;
  rule.pointer = "/exec/rules/" + id;
  rule.id = std::move(id);
  rule.action = action;
  rule.command = std::move(words);
  rule.except = std::move(except);
  return rule;
}

policy::Layer programs(Action fallback, std::vector<policy::CommandRule> commands,
                       std::vector<policy::PathRule> paths = {}) {
  policy::Layer layer = files({}, Action::allow);
  auto& exec = layer.exec.emplace();
  exec.fallback = fallback;
  exec.commands = std::move(commands);
  for (auto& rule : paths)
    rule.access = policy::access_bit(GH_EXEC);
  exec.rules = std::move(paths);
  return layer;
}

std::string on_start(const Tables& tables, const std::string& program, Argv arguments) {
  arguments.insert(arguments.begin(), "whatever");
  return answer(tables, evaluate_command(tables, program, arguments));
}

TEST(Commands, APrefixOfTheArgumentsIsEnough) {
  const auto tables = must_compile(
      policy_of({programs(Action::allow, {command("push", Action::ask, {"git", "push"})})}));
  EXPECT_EQ(on_start(tables, "/usr/bin/git", {"push"}), "ask push");
  EXPECT_EQ(on_start(tables, "/usr/bin/git", {"push", "origin", "a/b"}), "ask push");
  EXPECT_EQ(on_start(tables, "/usr/bin/git", {"push", ""}), "ask push");
  EXPECT_EQ(on_start(tables, "/opt/x/git", {"push"}), "ask push");
  EXPECT_EQ(on_start(tables, "/usr/bin/git", {"pushy"}), "allow -");
  EXPECT_EQ(on_start(tables, "/usr/bin/git", {"status", "push"}), "allow -");
  EXPECT_EQ(on_start(tables, "/usr/bin/git", {"", "push"}), "allow -");
  EXPECT_EQ(on_start(tables, "/usr/bin/git", {}), "allow -");
  EXPECT_EQ(on_start(tables, "/usr/bin/gitk", {"push"}), "allow -");
  EXPECT_EQ(on_start(tables, "/usr/bin/git/x", {"push"}), "allow -");
}

TEST(Commands, AProgramAloneIsItWithWhateverArguments) {
  const auto tables = must_compile(
      policy_of({programs(Action::allow, {command("sudo", Action::deny, {"/usr/bin/sudo"})})}));
  EXPECT_EQ(on_start(tables, "/usr/bin/sudo", {}), "deny sudo");
  EXPECT_EQ(on_start(tables, "/usr/bin/sudo", {"-l"}), "deny sudo");
  EXPECT_EQ(on_start(tables, "/opt/bin/sudo", {}), "allow -");
  // The program alone is not judged by such a rule: only starting it is.
  EXPECT_EQ(answer(tables, evaluate_path(tables, "/usr/bin/sudo", GH_EXEC)), "allow -");
}

TEST(Commands, WildcardsStayWithinOneArgumentAndStarsGoOverSlashes) {
  const auto tables = must_compile(policy_of(
      {programs(Action::allow, {command("c", Action::deny, {"c{at,p}", "/etc/*", "-[ab]?"})})}));
  EXPECT_EQ(on_start(tables, "/bin/cat", {"/etc/ssh/key", "-ax"}), "deny c");
  EXPECT_EQ(on_start(tables, "/bin/cp", {"/etc/", "-b/"}), "deny c");
  EXPECT_EQ(on_start(tables, "/bin/cat", {"/etc", "x", "-ax"}), "allow -");
  EXPECT_EQ(on_start(tables, "/bin/cat", {"/etc/x", "y", "-ax"}), "allow -");
  EXPECT_EQ(on_start(tables, "/bin/cat", {"/etc/x", "-a"}), "allow -");
  EXPECT_EQ(on_start(tables, "/bin/cap", {"/etc/x", "-ax"}), "allow -");
}

TEST(Commands, TwoStarsAreAnyNumberOfArguments) {
  const auto tables = must_compile(policy_of(
      {programs(Action::allow, {command("up", Action::ask, {"curl", "**", "--upload-file"})})}));
  EXPECT_EQ(on_start(tables, "/usr/bin/curl", {"--upload-file", "x"}), "ask up");
  EXPECT_EQ(on_start(tables, "/usr/bin/curl", {"-s", "", "http://h/p", "--upload-file"}), "ask up");
  EXPECT_EQ(on_start(tables, "/usr/bin/curl", {"-s", "x--upload-file"}), "allow -");
  EXPECT_EQ(on_start(tables, "/usr/bin/curl", {}), "allow -");
}

TEST(Commands, AnyProgramMayBeMeant) {
  for (const char* program : {"*", "**", "/usr/**"}) {
    const auto tables = must_compile(
        policy_of({programs(Action::allow, {command("c", Action::deny, {program, "--evil"})})}));
    EXPECT_EQ(on_start(tables, "/usr/bin/git", {"--evil"}), "deny c") << program;
    EXPECT_EQ(on_start(tables, "/usr/git", {"--evil", "x"}), "deny c") << program;
    EXPECT_EQ(on_start(tables, "/usr/bin/git", {"x", "--evil"}), "allow -") << program;
    EXPECT_EQ(on_start(tables, "/usr/bin/git", {}), "allow -") << program;
  }
}

TEST(Commands, NotTakesAwayFromItsOwnRule) {
  const auto tables = must_compile(policy_of({programs(
      Action::allow,
      {command("push", Action::ask, {"git", "push"}, {{"git", "push", "**", "--dry-run"}}),
       command("force", Action::deny, {"git", "push", "**", "--force"})})}));
  EXPECT_EQ(on_start(tables, "/usr/bin/git", {"push", "origin"}), "ask push");
  EXPECT_EQ(on_start(tables, "/usr/bin/git", {"push", "origin", "--dry-run", "x"}), "allow -");
  EXPECT_EQ(on_start(tables, "/usr/bin/git", {"push", "--force", "--dry-run"}), "deny force");
}

TEST(Commands, NoArgumentCanPassForAPartOfTheProgramsPath) {
  const auto tables = must_compile(
      policy_of({programs(Action::deny, {command("tool", Action::allow, {"**/tool", "x"})},
                          {path_rule("own", Action::allow, {"/own/*"}),
                           path_rule("deep", Action::allow, {"/d/**/y"})})}));
  EXPECT_EQ(on_start(tables, "/a/tool", {"x"}), "allow tool");
  EXPECT_EQ(on_start(tables, "/a/other", {"tool", "x"}), "deny -");
  EXPECT_EQ(on_start(tables, "/a/other", {"/tool", "/x"}), "deny -");
  EXPECT_EQ(on_start(tables, "/own/p", {"q"}), "allow own");
  EXPECT_EQ(on_start(tables, "/own", {"q"}), "deny -");
  EXPECT_EQ(on_start(tables, "/own/p/q", {}), "deny -");
  EXPECT_EQ(on_start(tables, "/d/z", {"y"}), "deny -");
  EXPECT_EQ(on_start(tables, "/d/z/y", {"z"}), "allow deep");
}

TEST(Commands, WhatADefaultWouldStopPassesWithItsArgumentsOnly) {
  const auto tables = must_compile(
      policy_of({programs(Action::deny, {command("status", Action::allow, {"git", "status"}),
                                         command("push", Action::ask, {"git", "push"})})}));
  EXPECT_EQ(answer(tables, evaluate_path(tables, "/usr/bin/git", GH_EXEC)), "allow status");
  EXPECT_EQ(on_start(tables, "/usr/bin/git", {"status", "-s"}), "allow status");
  EXPECT_EQ(on_start(tables, "/usr/bin/git", {"push"}), "ask push");
  EXPECT_EQ(on_start(tables, "/usr/bin/git", {"clone"}), "deny -");
  EXPECT_EQ(on_start(tables, "/usr/bin/hg", {"status"}), "deny -");
}

TEST(Commands, TheStrictestOfAllLayersWins) {
  const auto tables = must_compile(policy_of(
      {programs(Action::allow, {command("host", Action::deny, {"git", "push", "--force"})}),
       programs(Action::deny, {command("own", Action::allow, {"git"})},
                {path_rule("ask", Action::ask, {"/opt/**"})})}));
  EXPECT_EQ(on_start(tables, "/usr/bin/git", {"push"}), "allow own");
  EXPECT_EQ(on_start(tables, "/usr/bin/git", {"push", "--force"}), "deny host");
  EXPECT_EQ(on_start(tables, "/opt/git", {"push"}), "ask ask");
  EXPECT_EQ(on_start(tables, "/usr/bin/hg", {}), "deny -");
}

TEST(Commands, ANameThatIsALinkAlsoStandsForWhereItLeads) {
  const SymlinkResolver resolve = [](const std::string& path) -> std::optional<std::string> {
    if (path == "/usr/bin/python") return "/usr/bin/python3.11";
    if (path == "/bin") return "/usr/bin";
    if (path == "/sbin") return "/usr/sbin";
    return std::nullopt;
  };
  const auto policy =
      policy_of({programs(Action::allow, {command("m", Action::deny, {"python", "-m"})})});
  Diagnostics diagnostics;
  const auto tables = compile(policy, context(), resolve, diagnostics);
  ASSERT_TRUE(tables);
  EXPECT_EQ(diagnostics.all().size(), 1u) << render(diagnostics);
  EXPECT_EQ(on_start(*tables, "/usr/bin/python3.11", {"-m", "http.server"}), "deny m");
  EXPECT_EQ(on_start(*tables, "/venv/python", {"-m"}), "deny m");
  EXPECT_EQ(on_start(*tables, "/usr/bin/python3.12", {"-m"}), "allow -");
}

TEST(Commands, TablesWithoutSuchRulesHaveNoAutomatonForThem) {
  const auto tables = must_compile(policy_of({programs(Action::allow, {})}));
  EXPECT_EQ(tables.commands, GH_NO_STATE);
  EXPECT_EQ(on_start(tables, "/bin/true", {"x"}), "allow -");
}

TEST(Commands, WrongWordsAreRefusedWhereTheyStand) {
  const auto said = [](Argv words) {
    return refusal(policy_of({programs(Action::allow, {command("c", Action::deny, words)})}));
  };
  EXPECT_NE(said({"git", "a**"}).find("/exec/rules/c/command/1"), std::string::npos);
  EXPECT_NE(said({"git", "x", "[", "y"}).find("/exec/rules/c/command/2"), std::string::npos);
  EXPECT_NE(said({"{git"}).find("/exec/rules/c/command/0"), std::string::npos);
  EXPECT_NE(said({"git", "\x01"}).find("bytes 1 and 2"), std::string::npos);
  EXPECT_EQ(said({"git", "**", "x"}), "");
}

}  // namespace
}  // namespace gatehouse::tables
