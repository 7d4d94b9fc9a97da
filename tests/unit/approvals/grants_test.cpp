// SPDX-License-Identifier: Apache-2.0
// Answers that hold: listed, taken back, recorded and told again. A test must never need a kernel.
#include "approvals/grants.h"

#include <gtest/gtest.h>

#include "approvals/grant_record.h"
#include "approvals/queue.h"
#include "ask_events.h"

namespace gatehouse::approvals {
namespace {

class GrantsTest : public testing::Test {
 protected:
  std::uint64_t ask(const Asking& who) {
    auto id = queue_.ask(ask_of(who), Terms{}, 0);
    EXPECT_TRUE(id);
    return id ? *id : 0;
  }
  void allow(std::uint64_t id, int scope, std::uint64_t for_ms = 0) {
    const Answer answer{
        GH_ALLOW, scope, for_ms, "fine", {events::Approver::Kind::person, 7, 55, "sh"}};
    EXPECT_FALSE(queue_.answer(id, answer, kSecond));
  }
  std::vector<const Grant*> list(std::uint64_t now = kSecond) {
    return queue_.grants().list(0, now);
  }

  NotedAnswers kernel_;
  std::vector<events::Event> events_;
  std::vector<std::uint64_t> changed_;
  Queue queue_{kernel_, [this](events::Event event) { events_.push_back(std::move(event)); }};
};

TEST_F(GrantsTest, AreListedWithWhoGaveThemAndForWhat) {
  allow(ask({}), GH_SCOPE_SESSION, 60'000);
  ASSERT_EQ(list().size(), 1u);
  const Grant& grant = *list()[0];
  EXPECT_EQ(grant.object, "/bin/object1");
  EXPECT_EQ(grant.access, GH_EXEC);
  EXPECT_EQ(grant.rule, "push");
  EXPECT_EQ(grant.by.uid, 7u);
  EXPECT_EQ(grant.message, "fine");
  EXPECT_EQ(grant.given, kSecond);
  EXPECT_EQ(grant.expires, 61 * kSecond);
  EXPECT_EQ(std::get<events::ApprovalAnswered>(events_[0].body).grant, grant.id);
  EXPECT_TRUE(list(62 * kSecond).empty()) << "expired";
}

TEST_F(GrantsTest, AreNotMadeByAnAnswerForOnce) {
  allow(ask({}), GH_SCOPE_ONCE);
  EXPECT_TRUE(list().empty());
  EXPECT_EQ(std::get<events::ApprovalAnswered>(events_[0].body).grant, 0u);
}

TEST_F(GrantsTest, AreOneForEachProcessThatWaited) {
  ask({100, 100});
  ask({100, 101});
  allow(ask({200, 200}), GH_SCOPE_PROCESS);
  ASSERT_EQ(list().size(), 2u);
  EXPECT_EQ(list()[0]->subject.pid, 100u);
  EXPECT_EQ(list()[1]->subject.pid, 200u);
  queue_.exited(exit_of({100, 100}));
  ASSERT_EQ(list().size(), 1u);
  EXPECT_EQ(list()[0]->subject.pid, 200u);
}

TEST_F(GrantsTest, TakenBackAreAskedAgain) {
  allow(ask({}), GH_SCOPE_SESSION);
  const auto id = list()[0]->id;
  EXPECT_FALSE(
      queue_.revoke(id, {3, "night-shift", {}}, {events::Approver::Kind::person, 8, 9, "x"}));
  ASSERT_EQ(kernel_.taken.size(), 1u);
  EXPECT_EQ(kernel_.taken[0].waiter.object[0], 1u);
  EXPECT_EQ(kernel_.taken[0].scope, GH_SCOPE_SESSION);
  const auto& told = std::get<events::GrantRevoked>(events_.back().body);
  EXPECT_EQ(told.grant, id);
  EXPECT_EQ(told.object.text, "/bin/object1");
  EXPECT_EQ(told.by.uid, 8u);
  EXPECT_TRUE(list().empty());
  EXPECT_NE(ask({}), 0u);
  EXPECT_TRUE(queue_.revoke(id, {}, {})) << "twice";
}

TEST_F(GrantsTest, StayWhileTheKernelStillHoldsThem) {
  allow(ask({}), GH_SCOPE_SESSION);
  kernel_.broken = true;
  const auto refusal = queue_.revoke(list()[0]->id, {}, {});
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->message, "the map is out of reach");
  EXPECT_EQ(list().size(), 1u);
  EXPECT_EQ(events_.size(), 1u) << "nothing was taken back";
}

TEST_F(GrantsTest, TellOfEachChangeOfWhatIsToBeRecorded) {
  queue_.watch_grants([this](std::uint64_t session) { changed_.push_back(session); });
  allow(ask({}), GH_SCOPE_ONCE);
  EXPECT_TRUE(changed_.empty());
  allow(ask({}), GH_SCOPE_PROCESS);
  EXPECT_EQ(changed_.size(), 1u);
  queue_.exited(exit_of({}));
  EXPECT_EQ(changed_.size(), 2u);
  queue_.exited(exit_of({}));
  EXPECT_EQ(changed_, (std::vector<std::uint64_t>{3, 3}));
}

TEST_F(GrantsTest, ReplaceAnEarlierOneForTheSame) {
  allow(ask({}), GH_SCOPE_SESSION);
  const Grant first = *list()[0];
  Grant again = first;
  again.id = 0;
  again.verdict = GH_DENY;
  queue_.restore(again);
  ASSERT_EQ(list().size(), 1u);
  EXPECT_EQ(list()[0]->verdict, GH_DENY);
  EXPECT_EQ(queue_.grants().find(first.id), nullptr);
  EXPECT_GT(list()[0]->id, first.id);
}

TEST_F(GrantsTest, ComeBackFromTheirRecordByteForByte) {
  ask({100, 100});
  allow(ask({200, 200}), GH_SCOPE_PROCESS, 60'000);
  Grant odd = *list()[0];
  odd.id = 99;
  odd.subject.object = {~0ull, 1ull << 63};
  odd.object = std::string("/\xff\n\"", 4);
  odd.known = false;
  odd.by = {events::Approver::Kind::policy, 0, 0, {}};
  const auto all = list();
  const auto back = grants_of_record(grants_record({all[0], all[1], &odd}));
  ASSERT_TRUE(back) << back.error().what;
  ASSERT_EQ(back->size(), 3u);
  const Grant& first = (*back)[0];
  EXPECT_EQ(first.id, all[0]->id);
  EXPECT_EQ(first.subject.object, all[0]->subject.object);
  EXPECT_EQ(first.subject.process_start, 1000u);
  EXPECT_EQ(first.scope, GH_SCOPE_PROCESS);
  EXPECT_EQ(first.verdict, GH_ALLOW);
  EXPECT_EQ(first.expires, 61 * kSecond);
  EXPECT_EQ(first.by.comm, "sh");
  EXPECT_EQ(first.message, "fine");
  EXPECT_TRUE(first.known);
  EXPECT_EQ((*back)[2].object, odd.object);
  EXPECT_EQ((*back)[2].subject.object, odd.subject.object);
  EXPECT_FALSE((*back)[2].known);
  EXPECT_EQ((*back)[2].by.kind, events::Approver::Kind::policy);
}

TEST(GrantRecord, IsTakenWholeOrNotAtAll) {
  EXPECT_TRUE(grants_of_record("")->empty());
  EXPECT_FALSE(grants_of_record("x"));
  EXPECT_FALSE(grants_of_record("{}"));
  EXPECT_FALSE(grants_of_record("[1]\n"));
  EXPECT_FALSE(grants_of_record(R"({"id":1,"scope":"session","verdict":"allow","access":"x"})"));
  EXPECT_FALSE(grants_of_record(R"({"id":1,"scope":"session","verdict":"allow","access":"exec"})"));
  EXPECT_TRUE(grants_of_record(
      R"({"id":1,"scope":"session","verdict":"allow","access":"exec","by":"person"})"));
}

}  // namespace
}  // namespace gatehouse::approvals
