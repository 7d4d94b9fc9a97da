// SPDX-License-Identifier: Apache-2.0
// Answers in the tables: where one matches, its rule says what it says, and nothing else is changed. No answer may
// ever allow what its rule did not ask about.
#include "asking.h"

namespace gatehouse::tables {
namespace {

policy::PathRule answered(policy::PathRule rule, Action action, std::vector<std::string> paths,
                          policy::AccessSet access = policy::access_bit(GH_READ)) {
  auto answer =
      path_rule("answers/" + std::to_string(rule.answers.size()), action, std::move(paths));
  answer.answer = true;
  answer.pointer = "/" + answer.id;
  answer.access = access;
  rule.answers.push_back(std::move(answer));
  return rule;
}

std::string said_of(const policy::Policy& policy) {
  Diagnostics diagnostics;
  EXPECT_TRUE(compile(policy, context(), nullptr, diagnostics)) << render(diagnostics);
  return render(diagnostics);
}

TEST(AnswersTable, AllowWhereTheyMatchAndTheRuleAsksElsewhere) {
  const auto tables = must_compile(policy_of({files(
      {answered(path_rule("flows", Action::ask, {"/w/**"}), Action::allow, {"/w/a", "/w/*.o"})})}));
  EXPECT_EQ(on_read(tables, "/w/a"), "allow answers/0");
  EXPECT_EQ(on_read(tables, "/w/x.o"), "allow answers/0");
  EXPECT_EQ(on_read(tables, "/w/b"), "ask flows");
  EXPECT_EQ(on_read(tables, "/w/a/b"), "ask flows");
  EXPECT_EQ(on_read(tables, "/w"), "deny -");
}

TEST(AnswersTable, DenyWhereTheyMatch) {
  const auto tables = must_compile(policy_of(
      {files({answered(answered(path_rule("flows", Action::ask, {"/w/**"}), Action::deny, {"/w/a"}),
                       Action::allow, {"/w/?"})})}));
  EXPECT_EQ(on_read(tables, "/w/a"), "deny answers/0");
  EXPECT_EQ(on_read(tables, "/w/b"), "allow answers/1");
  EXPECT_EQ(on_read(tables, "/w/cc"), "ask flows");
}

TEST(AnswersTable, LoosenNoOtherRuleSectionOrLayer) {
  const auto flows = answered(path_rule("flows", Action::ask, {"/w/**"}), Action::allow, {"/w/*"});
  const auto tables = must_compile(
      policy_of({files({flows, path_rule("keys", Action::deny, {"/w/key"}),
                        path_rule("also", Action::ask, {"/w/too"})}),
                 files({path_rule("above", Action::ask, {"/w/layer"})}, Action::allow)}));
  EXPECT_EQ(on_read(tables, "/w/key"), "deny keys");
  EXPECT_EQ(on_read(tables, "/w/too"), "ask also");
  EXPECT_EQ(on_read(tables, "/w/layer"), "ask above");
  EXPECT_EQ(on_read(tables, "/w/free"), "allow answers/0");
}

TEST(AnswersTable, SpeakForTheirAccessesAlone) {
  auto rule = path_rule("flows", Action::ask, {"/w/**"});
  rule.access = policy::access_bit(GH_READ) | policy::access_bit(GH_WRITE);
  const auto tables = must_compile(policy_of({files({answered(rule, Action::allow, {"/w/a"})})}));
  EXPECT_EQ(on_read(tables, "/w/a"), "allow answers/0");
  EXPECT_EQ(answer(tables, evaluate_path(tables, "/w/a", GH_WRITE)), "ask flows");
}

TEST(AnswersTable, DoNotSpeakWhereTheirRuleHasAnException) {
  const auto policy = policy_of({files(
      {answered(path_rule("flows", Action::ask, {"/w/**"}, {"/w/x"}), Action::allow, {"/w/*"})})});
  EXPECT_EQ(said_of(policy), "");
  const auto tables = must_compile(policy);
  EXPECT_EQ(on_read(tables, "/w/x"), "deny -");
  EXPECT_EQ(on_read(tables, "/w/y"), "allow answers/0");
}

TEST(AnswersTable, ThatReachBeyondTheirRuleAreSaidAndIgnored) {
  const auto policy =
      policy_of({files({answered(answered(answered(path_rule("flows", Action::ask, {"/w/**"}),
                                                   Action::allow, {"/w/**", "/v/a"}),
                                          Action::deny, {"/**"}),
                                 Action::allow, {"/w/b"})})});
  const auto said = said_of(policy);
  EXPECT_NE(said.find("p.json:/answers/0: warning: this answer is ignored"), std::string::npos)
      << said;
  EXPECT_NE(said.find("p.json:/answers/1: warning: this answer is ignored"), std::string::npos)
      << said;
  EXPECT_EQ(said.find("/answers/2"), std::string::npos) << said;
  const auto tables = must_compile(policy);
  EXPECT_EQ(on_read(tables, "/v/a"), "deny -");
  EXPECT_EQ(on_read(tables, "/w/a"), "ask flows");
  EXPECT_EQ(on_read(tables, "/w/b"), "allow answers/2");
}

// A link that an agent puts where it was allowed to write must not carry the answer elsewhere.
TEST(AnswersTable, FollowNoLinkOfTheHost) {
  const SymlinkResolver links = [](const std::string& path) -> std::optional<std::string> {
    if (path == "/w/a") return "/etc/shadow";
    return std::nullopt;
  };
  const auto tables = must_compile(
      policy_of(
          {files({answered(path_rule("flows", Action::ask, {"/**"}), Action::allow, {"/w/a"})},
                 Action::allow)}),
      links);
  EXPECT_EQ(on_read(tables, "/w/a"), "allow answers/0");
  EXPECT_EQ(on_read(tables, "/etc/shadow"), "ask flows");
}

TEST(AnswersTable, OfTheRootAreForItAlone) {
  const auto tables = must_compile(policy_of(
      {files({answered(path_rule("top", Action::ask, {"/", "/**"}), Action::allow, {"/"})})}));
  EXPECT_EQ(on_read(tables, "/"), "allow answers/0");
  EXPECT_EQ(on_read(tables, "/a"), "ask top");
}

policy::Policy asked_command(policy::CommandRule::Command words, bool exact, Action action) {
  policy::Layer layer;
  layer.name = layer.file = "p.json";
  auto& exec = layer.exec.emplace();
  exec.fallback = Action::allow;
  auto& rule = exec.commands.emplace_back();
  rule.id = "push";
  rule.pointer = "/exec/rules/0";
  rule.action = Action::ask;
  rule.command = {"git", "push"};
  rule.except = {{"git", "push", "--dry-run"}};
  auto& given = rule.answers.emplace_back();
  given.id = "answers/0";
  given.pointer = "/answers/0";
  given.action = action;
  given.answer = true;
  given.command = std::move(words);
  given.exact = exact;
  return policy_of({layer});
}

std::string running(const Tables& tables, std::vector<std::string> argv) {
  return answer(tables, evaluate_command(tables, "/usr/bin/git", argv));
}

TEST(AnswersTable, OnCommandsAreForTheseWordsAndThoseThatFollowOrNot) {
  const auto broad =
      must_compile(asked_command({"/usr/bin/git", "push", "origin"}, false, Action::allow));
  EXPECT_EQ(running(broad, {"git", "push", "origin"}), "allow answers/0");
  EXPECT_EQ(running(broad, {"git", "push", "origin", "--force"}), "allow answers/0");
  EXPECT_EQ(running(broad, {"git", "push"}), "ask push");
  EXPECT_EQ(running(broad, {"git", "push", "other"}), "ask push");
  const auto exact =
      must_compile(asked_command({"/usr/bin/git", "push", "origin"}, true, Action::allow));
  EXPECT_EQ(running(exact, {"git", "push", "origin"}), "allow answers/0");
  EXPECT_EQ(running(exact, {"git", "push", "origin", "--force"}), "ask push");
  EXPECT_EQ(running(exact, {"git", "push", "origin", ""}), "ask push");
  EXPECT_EQ(running(exact, {"git", "status"}), "allow -");
  const auto denied =
      must_compile(asked_command({"/usr/bin/git", "push", "origin"}, true, Action::deny));
  EXPECT_EQ(running(denied, {"git", "push", "origin"}), "deny answers/0");
  EXPECT_EQ(running(denied, {"git", "push", "x"}), "ask push");
  EXPECT_EQ(running(denied, {"git", "status"}), "allow -");
}

TEST(AnswersTable, OnCommandsMayNotReachBeyondTheirRule) {
  EXPECT_NE(said_of(asked_command({"/usr/bin/git"}, false, Action::allow)).find("is ignored"),
            std::string::npos);
  EXPECT_NE(said_of(asked_command({"/usr/bin/git"}, true, Action::allow)).find("is ignored"),
            std::string::npos);
  EXPECT_EQ(said_of(asked_command({"git", "push", "a"}, false, Action::allow)), "");
}

TEST(AnswersTable, OnEndpointsAreForTheirAddressesAndPorts) {
  policy::Layer layer;
  layer.name = layer.file = "p.json";
  auto& rule = layer.network.emplace().rules.emplace_back();
  rule.id = "out";
  rule.pointer = "/network/rules/0";
  rule.action = Action::ask;
  rule.access = policy::access_bit(GH_CONNECT) | policy::access_bit(GH_BIND);
  rule.protocols = 1u << GH_PROTO_TCP;
  rule.ports = {{80, 443}};
  auto given = rule;
  given.answers.clear();
  given.id = "answers/0";
  given.pointer = "/answers/0";
  given.action = Action::allow;
  given.answer = true;
  given.access = policy::access_bit(GH_CONNECT);
  given.cidrs = {{false, {192, 0, 2, 0}, 24}};
  given.ports = {{443, 443}};
  rule.answers.push_back(given);
  const auto at = [](const Tables& tables, const char* endpoint, gh_access access) {
    return answer(tables,
                  evaluate_endpoint(tables, *parse_endpoint(GH_PROTO_TCP, endpoint), access));
  };
  const auto tables = must_compile(policy_of({layer}));
  EXPECT_EQ(at(tables, "192.0.2.9:443", GH_CONNECT), "allow answers/0");
  EXPECT_EQ(at(tables, "192.0.2.9:443", GH_BIND), "ask out");
  EXPECT_EQ(at(tables, "192.0.2.9:80", GH_CONNECT), "ask out");
  EXPECT_EQ(at(tables, "192.0.3.9:443", GH_CONNECT), "ask out");
  EXPECT_EQ(at(tables, "192.0.2.9:444", GH_CONNECT), "deny -");
  layer.network->rules[0].answers[0].ports = {{443, 444}};
  EXPECT_NE(said_of(policy_of({layer})).find("is ignored"), std::string::npos);
}

TEST(AnswersTable, OnAbstractSocketsAreForTheirNames) {
  auto rule =
      answered(path_rule("x11", Action::ask, {}), Action::allow, {}, policy::access_bit(GH_UNIX));
  rule.access = policy::access_bit(GH_UNIX);
  rule.abstract = {"x*"};
  rule.answers[0].abstract = {"x1"};
  policy::Layer layer;
  layer.name = layer.file = "p.json";
  layer.unix_sockets.emplace().rules = {rule};
  const auto tables = must_compile(policy_of({layer}));
  EXPECT_EQ(answer(tables, evaluate_path(tables, "@x1", GH_UNIX)), "allow answers/0");
  EXPECT_EQ(answer(tables, evaluate_path(tables, "@x2", GH_UNIX)), "ask x11");
  EXPECT_EQ(answer(tables, evaluate_path(tables, "@y", GH_UNIX)), "deny -");
}

}  // namespace
}  // namespace gatehouse::tables
