// SPDX-License-Identifier: Apache-2.0
// "answers" of a policy file: which are taken, and where they go. A refused one must never be half there.
#include "reading.h"

namespace gatehouse::policy {
namespace {

std::string answered(const std::string& answers, const std::string& more = "") {
  return with(R"("filesystem": {"rules": [
      {"id": "flows", "action": "ask", "access": ["create", "write"], "paths": ["/w/**"]},
      {"id": "keys", "action": "deny", "paths": ["/k/**"]},
      {"action": "ask", "paths": ["/n/**"]}]},
    "exec": {"rules": [{"id": "push", "action": "ask", "command": ["git", "push"]},
                       {"id": "ssh", "action": "ask", "paths": ["/usr/bin/ssh"]}]},
    "network": {"rules": [{"id": "out", "action": "ask", "protocol": "tcp"}],
      "unix_sockets": {"rules": [{"id": "agent", "action": "ask", "paths": ["/run/a"]}]}},
    )" + more +
              R"("answers": [)" + answers + "]");
}

TEST(Answers, GoToTheRuleThatTheyAnswer) {
  const auto reading = read(answered(R"(
    {"rule": "flows", "verdict": "allow", "access": ["create"], "paths": ["/w/a"], "by": "ann",
     "at": "2026-11-27T02:00:00Z"},
    {"rule": "push", "verdict": "deny", "command": ["git", "push"], "exact": true},
    {"rule": "ssh", "verdict": "allow", "paths": ["/usr/bin/ssh"], "expires": "2999-01-01T00:00:00Z"},
    {"rule": "out", "verdict": "allow", "access": ["connect"], "cidrs": ["127.0.0.1/32"], "ports": [80]},
    {"rule": "agent", "verdict": "allow", "paths": ["/run/a"]})"));
  ASSERT_TRUE(reading.policy) << reading.text();
  const Layer& layer = reading.policy->layers[0];
  ASSERT_EQ(layer.filesystem->rules[0].answers.size(), 1u);
  const PathRule& first = layer.filesystem->rules[0].answers[0];
  EXPECT_EQ(first.action, Action::allow);
  EXPECT_EQ(first.access, access_bit(GH_CREATE));
  EXPECT_EQ(first.pointer, "/answers/0");
  EXPECT_EQ(first.id, "answers/0");
  EXPECT_EQ(first.reason, "answered by ann at 2026-11-27T02:00:00Z to flows");
  ASSERT_EQ(layer.exec->commands[0].answers.size(), 1u);
  EXPECT_TRUE(layer.exec->commands[0].answers[0].exact);
  EXPECT_EQ(layer.exec->rules[0].answers[0].access, access_bit(GH_EXEC));
  EXPECT_EQ(layer.network->rules[0].answers[0].ports[0].first, 80);
  EXPECT_EQ(layer.unix_sockets->rules[0].answers.size(), 1u);
}

TEST(Answers, WriteIsAChangeOfContentAlone) {
  const auto reading = read(
      answered(R"({"rule": "flows", "verdict": "allow", "access": "write", "paths": ["/w/a"]})"));
  ASSERT_TRUE(reading.policy) << reading.text();
  EXPECT_EQ(reading.policy->layers[0].filesystem->rules[0].answers[0].access, access_bit(GH_WRITE));
}

TEST(Answers, WithoutAccessAreForAllThatTheRuleAsks) {
  const auto reading = read(answered(R"({"rule": "flows", "verdict": "deny", "paths": ["/w/a"]})"));
  ASSERT_TRUE(reading.policy) << reading.text();
  const auto& rule = reading.policy->layers[0].filesystem->rules[0];
  EXPECT_EQ(rule.answers[0].access, rule.access);
}

TEST(Answers, AreRefusedWhereTheyAnswerNothing) {
  EXPECT_REFUSED(read(answered(R"({"rule": "nobody", "verdict": "allow", "paths": ["/w/a"]})")),
                 "/answers/0/rule", "no rule of this file has the id \"nobody\"");
  EXPECT_REFUSED(read(answered(R"({"rule": "keys", "verdict": "allow", "paths": ["/k/a"]})")),
                 "/answers/0/rule", "does not ask: it is deny");
  EXPECT_REFUSED(
      read(answered(R"({"rule": "filesystem/rules/2", "verdict": "allow", "paths": ["/n/a"]})")),
      "/answers/0/rule", "must have an id");
  EXPECT_REFUSED(
      read(answered(
          R"({"rule": "flows", "verdict": "allow", "access": "read", "paths": ["/w/a"]})")),
      "/answers/0/access", "of which \"flows\" does not speak");
  EXPECT_REFUSED(read(answered(R"({"verdict": "allow", "paths": ["/w/a"]})")), "/answers/0",
                 "without \"rule\"");
  EXPECT_REFUSED(read(answered(R"({"rule": "flows", "paths": ["/w/a"]})")), "/answers/0",
                 "without \"verdict\"");
  EXPECT_REFUSED(read(answered(R"({"rule": "flows", "verdict": "ask", "paths": ["/w/a"]})")),
                 "/answers/0/verdict", "is not a word");
  EXPECT_REFUSED(read(answered(R"({"rule": "flows", "verdict": "allow"})")), "/answers/0",
                 "without \"paths\"");
  EXPECT_REFUSED(read(answered(R"({"rule": "push", "verdict": "allow"})")), "/answers/0",
                 "without \"command\"");
  EXPECT_REFUSED(
      read(answered(R"({"rule": "flows", "verdict": "allow", "paths": ["/w/a"], "ports": [1]})")),
      "/answers/0/ports", "unknown key");
  EXPECT_REFUSED(read(answered(R"(7)")), "/answers/0", "must be an object");
}

TEST(Answers, OfALockedPolicyAreRefused) {
  EXPECT_REFUSED(read(answered(R"({"rule": "flows", "verdict": "allow", "paths": ["/w/a"]})",
                               R"("locked": true, )")),
                 "/answers", "locked");
  EXPECT_TRUE(read(answered("", R"("locked": true, )")).policy);
}

TEST(Answers, ThatHaveExpiredAreSaidAndIgnored) {
  const auto reading = read(answered(
      R"({"rule": "flows", "verdict": "allow", "paths": ["/w/a"], "expires": "2020-02-29T00:00:00Z"})"));
  EXPECT_WARNED(reading, "/answers/0/expires", "has expired and is ignored");
  EXPECT_TRUE(reading.policy->layers[0].filesystem->rules[0].answers.empty());
}

TEST(Answers, TakeNoInstantThatThereIsNot) {
  for (const char* text : {"2027-02-29T00:00:00Z", "2027-01-01", "2027-01-01T00:00:00+01:00",
                           "2027-01-01T24:00:00Z", "tomorrow", ""})
    EXPECT_REFUSED(
        read(answered(R"({"rule": "flows", "verdict": "allow", "paths": ["/w/a"], "expires": ")" +
                      std::string(text) + "\"}")),
        "/answers/0/expires", "no instant");
}

TEST(Answers, AreNamedByTheirLayerWhereItIsExtended) {
  const auto reading =
      read(with(R"("extends": ["base.json"])"),
           {{"base.json", answered(R"({"rule": "flows", "verdict": "allow", "paths": ["/w/a"]})",
                                   R"("name": "b", )")}});
  ASSERT_TRUE(reading.policy) << reading.text();
  EXPECT_EQ(reading.policy->layers[0].filesystem->rules[0].answers[0].id, "b:answers/0");
}

}  // namespace
}  // namespace gatehouse::policy
