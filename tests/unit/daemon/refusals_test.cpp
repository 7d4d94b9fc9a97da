// SPDX-License-Identifier: Apache-2.0
// What a session is told of its refusals, from events alone. A receipt must never be made of an event that
// refused nothing.
#include "daemon/refusals.h"

#include <gtest/gtest.h>

#include <set>

#include "shared/abi.h"

namespace gatehouse::daemon {
namespace {

events::Event refusal(const std::string& object, gh_reason reason = GH_REASON_RULE,
                      std::int64_t time = 1'000) {
  events::Event event;
  event.time = time;
  event.session.serial = 3;
  event.process.pid = 42;
  event.process.comm = "cat";
  events::Decision decision;
  decision.access = GH_READ;
  decision.object.text = object;
  decision.rule = {"secrets", "coding-agent", "credentials"};
  decision.reason = reason;
  event.body = decision;
  return event;
}

events::Event answered(const std::string& object, const std::string& message,
                       gh_verdict verdict = GH_DENY) {
  events::Event event;
  events::ApprovalAnswered answer;
  answer.approval = 1001;
  answer.access = GH_READ;
  answer.object.text = object;
  answer.verdict = verdict;
  answer.message = message;
  answer.by = {events::Approver::Kind::person, 1000, 77, "secret-program"};
  event.body = answer;
  return event;
}

TEST(Refusals, TellOfARuleWhatItIsAndWhomToAsk) {
  Refusals refusals;
  refusals.take(refusal("/home/dev/.ssh/id"));
  const auto told = refusals.receipt(0);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->value("rule", ""), "secrets");
  EXPECT_EQ(told->value("layer", ""), "coding-agent");
  EXPECT_EQ(told->value("rule_reason", ""), "credentials");
  EXPECT_EQ(told->value("access", ""), "read");
  EXPECT_EQ(told->value("object", ""), "/home/dev/.ssh/id");
  EXPECT_EQ(told->value("verdict", ""), "deny");
  EXPECT_EQ(told->value("pid", 0), 42);
  EXPECT_NE(told->value("what_to_do", "").find("\"secrets\" of \"coding-agent\""),
            std::string::npos);
  EXPECT_FALSE(told->contains("answered_by"));
}

TEST(Refusals, TellWhatAPersonSaidAndNotWhoItWas) {
  Refusals refusals;
  refusals.take(answered("/a", "an old answer"));
  refusals.take(answered("/b", "another question"));
  refusals.take(answered("/a", "not on a Friday"));
  refusals.take(refusal("/a", GH_REASON_ANSWER));
  const auto told = refusals.receipt(0);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->value("answered_by", ""), "person");
  EXPECT_EQ(told->value("message", ""), "not on a Friday");
  EXPECT_EQ(told->value("approval", 0), 1001);
  EXPECT_EQ(told->dump().find("secret-program"), std::string::npos);
}

TEST(Refusals, TellWhenNobodyAnsweredInTime) {
  Refusals refusals;
  events::Event expired;
  expired.body = events::ApprovalExpired{1002, GH_READ, {"/a", {}, false}, GH_DENY, 1};
  refusals.take(expired);
  refusals.take(refusal("/a", GH_REASON_ANSWER));
  EXPECT_EQ(refusals.receipt(0)->value("answered_by", ""), "timeout");
  EXPECT_NE(refusals.receipt(0)->value("what_to_do", "").find("in time"), std::string::npos);
}

TEST(Refusals, AreNotMadeOfWhatWentThrough) {
  Refusals refusals;
  auto audited = refusal("/a");
  std::get<events::Decision>(audited.body).audit = true;
  refusals.take(audited);
  auto allowed = refusal("/b");
  std::get<events::Decision>(allowed.body).verdict = GH_ALLOW;
  refusals.take(allowed);
  EXPECT_FALSE(refusals.receipt(0));
  refusals.take(answered("/c", "go on", GH_ALLOW));
  refusals.take(refusal("/c", GH_REASON_ANSWER));
  EXPECT_FALSE(refusals.receipt(0)->contains("message")) << "an answer that allowed denied nothing";
}

TEST(Refusals, TellTheLastOneAndWhichOthersThereWereSinceThen) {
  Refusals refusals;
  refusals.take(refusal("/old", GH_REASON_RULE, 10));
  refusals.take(refusal("/a", GH_REASON_RULE, 100));
  refusals.take(refusal("/a", GH_REASON_RULE, 110));
  refusals.take(refusal("/b", GH_REASON_RULE, 120));
  const auto told = refusals.receipt(50);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->value("object", ""), "/b");
  ASSERT_EQ((*told)["others"].size(), 1u) << told->dump(1);
  EXPECT_EQ((*told)["others"][0].value("object", ""), "/a");
  EXPECT_FALSE(refusals.receipt(121));
}

TEST(Refusals, AreBounded) {
  Refusals refusals;
  for (std::size_t i = 0; i < 3 * Refusals::kMost; ++i)
    refusals.take(refusal("/" + std::to_string(i)));
  EXPECT_EQ((*refusals.receipt(0))["others"].size(), Refusals::kMostOthers);
}

TEST(Refusals, HaveASentenceForEachReason) {
  std::set<std::string> sentences;
#define GH_TRY(name, ...)                                       \
  {                                                             \
    events::Judged judged;                                      \
    judged.reason = GH_REASON_##name;                           \
    EXPECT_FALSE(what_to_do(judged, nullptr).empty()) << #name; \
    sentences.insert(what_to_do(judged, nullptr));              \
  }
  GH_REASONS(GH_TRY)
#undef GH_TRY
  EXPECT_GE(sentences.size(), 11u);
}

}  // namespace
}  // namespace gatehouse::daemon
