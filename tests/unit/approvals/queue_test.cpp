// SPDX-License-Identifier: Apache-2.0
// How asks are grouped, answered and forgotten. It must never need a kernel or a clock.
#include "approvals/queue.h"

#include <gtest/gtest.h>

#include "ask_events.h"

namespace gatehouse::approvals {
namespace {

class QueueTest : public testing::Test {
 protected:
  std::uint64_t ask(const Asking& who, std::uint64_t now = 0) {
    auto id = queue_.ask(ask_of(who), terms_, now);
    EXPECT_TRUE(id) << id.error().what;
    return id ? *id : 0;
  }
  static Answer allow(int scope = GH_SCOPE_ONCE) {
    Answer answer;
    answer.verdict = GH_ALLOW;
    answer.scope = scope;
    answer.by = {events::Approver::Kind::person, 1000, 55, "bash"};
    return answer;
  }

  NotedAnswers kernel_;
  std::vector<events::Event> events_;
  Terms terms_;
  Queue queue_{kernel_, [this](events::Event event) { events_.push_back(std::move(event)); }};
};

TEST_F(QueueTest, ShowsTheSameObjectOnceHoweverManyThreadsWaitForIt) {
  EXPECT_EQ(ask({100, 100}), 1u);
  EXPECT_EQ(ask({100, 101}), 1u);
  EXPECT_EQ(ask({200, 200}), 1u);
  ASSERT_EQ(queue_.list().size(), 1u);
  EXPECT_EQ(queue_.list()[0]->waiting, 3u);
  EXPECT_EQ(queue_.list()[0]->processes, 2u);
  EXPECT_EQ(queue_.waiting(), 3u);
}

TEST_F(QueueTest, KeepsObjectsAndSessionsApart) {
  EXPECT_EQ(ask({100, 100, 1, 3}), 1u);
  EXPECT_EQ(ask({101, 101, 2, 3}), 2u);
  EXPECT_EQ(ask({102, 102, 1, 4}), 3u);
  EXPECT_EQ(queue_.list(3).size(), 2u);
}

TEST_F(QueueTest, AnswersOnceForEachThreadThatWaits) {
  ask({100, 100});
  ask({100, 101});
  ask({200, 200});
  EXPECT_FALSE(queue_.answer(1, allow(), 0));
  ASSERT_EQ(kernel_.notes.size(), 3u);
  EXPECT_EQ(kernel_.notes[1].waiter.tid, 101u);
  EXPECT_EQ(kernel_.notes[1].waiter.thread_start, 1010u);
  EXPECT_EQ(kernel_.notes[1].scope, GH_SCOPE_ONCE);
  EXPECT_TRUE(queue_.list().empty());
  EXPECT_EQ(queue_.waiting(), 0u);
}

TEST_F(QueueTest, AnswersAProcessOnceAndASessionOnce) {
  ask({100, 100});
  ask({100, 101});
  ask({200, 200});
  EXPECT_FALSE(queue_.answer(1, allow(GH_SCOPE_PROCESS), 0));
  EXPECT_EQ(kernel_.notes.size(), 2u);

  kernel_.notes.clear();
  ask({300, 300, 2});
  ask({400, 400, 2});
  EXPECT_FALSE(queue_.answer(2, allow(GH_SCOPE_SESSION), 0));
  EXPECT_EQ(kernel_.notes.size(), 1u);
}

TEST_F(QueueTest, TellsWhoAnsweredAndHowManyWereReleased) {
  ask({100, 100});
  ask({100, 101});
  Answer answer = allow(GH_SCOPE_PROCESS);
  answer.message = "only this once";
  EXPECT_FALSE(queue_.answer(1, answer, 0));
  ASSERT_EQ(events_.size(), 1u);
  const auto& told = std::get<events::ApprovalAnswered>(events_[0].body);
  EXPECT_EQ(told.waiting, 2u);
  EXPECT_EQ(told.by.uid, 1000u);
  EXPECT_EQ(told.by.comm, "bash");
  EXPECT_EQ(told.message, "only this once");
  EXPECT_EQ(told.object.text, "/bin/object1");
  EXPECT_EQ(events_[0].session.name, "night-shift");
}

TEST_F(QueueTest, NeverUsesAnIdAgain) {
  ask({100, 100});
  queue_.answer(1, allow(), 0);
  EXPECT_EQ(ask({100, 100}), 2u);
}

TEST_F(QueueTest, RefusesAScopeWiderThanThePolicyRemembers) {
  terms_.remember = GH_SCOPE_PROCESS;
  ask({});
  const auto refusal = queue_.answer(1, allow(GH_SCOPE_SESSION), 0);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->hint, "use --scope process");
  EXPECT_TRUE(kernel_.notes.empty());
  EXPECT_FALSE(queue_.answer(1, allow(GH_SCOPE_PROCESS), 0));
}

TEST_F(QueueTest, RefusesAnAnswerToWhatIsNotOpen) {
  const auto refusal = queue_.answer(9, allow(), 0);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->message, "there is no open approval 9");
}

TEST_F(QueueTest, RefusesVerdictsThatAreNoAnswer) {
  ask({});
  Answer answer = allow();
  answer.verdict = GH_KILL;
  EXPECT_TRUE(queue_.answer(1, answer, 0));
  EXPECT_EQ(queue_.list().size(), 1u);
}

TEST_F(QueueTest, LetsAnAnswerLastForADuration) {
  ask({});
  Answer answer = allow(GH_SCOPE_SESSION);
  answer.for_ms = 600'000;
  EXPECT_FALSE(queue_.answer(1, answer, 5 * kSecond));
  EXPECT_EQ(kernel_.notes[0].expires, 605 * kSecond);
}

TEST_F(QueueTest, SurvivesADurationThatDoesNotFit) {
  ask({});
  Answer answer = allow(GH_SCOPE_SESSION);
  answer.for_ms = ~0ull;
  EXPECT_FALSE(queue_.answer(1, answer, kSecond));
  EXPECT_GT(kernel_.notes[0].expires, kSecond);
}

TEST_F(QueueTest, ReleasesAnAskThatWasOnItsWayWhenTheSessionWasAnswered) {
  ask({100, 100});
  queue_.answer(1, allow(GH_SCOPE_SESSION), 0);
  EXPECT_EQ(ask({200, 200}), 0u);
  ASSERT_EQ(kernel_.notes.size(), 2u);
  EXPECT_EQ(kernel_.notes[1].waiter.tid, 200u);
  EXPECT_EQ(kernel_.notes[1].scope, GH_SCOPE_SESSION);
  EXPECT_TRUE(queue_.list().empty());
}

TEST_F(QueueTest, AsksOtherProcessesAnewAfterAnAnswerForOne) {
  ask({100, 100});
  queue_.answer(1, allow(GH_SCOPE_PROCESS), 0);
  EXPECT_EQ(ask({100, 101}), 0u);
  EXPECT_EQ(ask({200, 200}), 2u);
}

TEST_F(QueueTest, ForgetsAnAnswerWhenItExpiresOrItsSubjectEnds) {
  ask({100, 100});
  Answer answer = allow(GH_SCOPE_SESSION);
  answer.for_ms = 1000;
  queue_.answer(1, answer, 0);
  EXPECT_EQ(ask({100, 101}, 2 * kSecond), 2u) << "expired";
  queue_.answer(2, allow(GH_SCOPE_PROCESS), 0);
  queue_.exited(exit_of({100, 100}));
  EXPECT_EQ(ask({100, 102}), 3u) << "the process ended";
  queue_.answer(3, allow(GH_SCOPE_SESSION), 0);
  queue_.session_ended(3);
  EXPECT_EQ(ask({100, 103}), 4u) << "the session ended";
}

TEST_F(QueueTest, DropsAnEntryWhenItsLastWaiterIsGone) {
  ask({100, 100});
  ask({100, 101});
  queue_.gone(gone_of({100, 100}));
  EXPECT_EQ(queue_.list()[0]->waiting, 1u);
  queue_.gone(gone_of({100, 101}));
  EXPECT_TRUE(queue_.list().empty());
  queue_.gone(gone_of({100, 101}));
}

TEST_F(QueueTest, DropsAllThreadsOfAProcessThatExited) {
  ask({100, 100, 1});
  ask({100, 101, 2});
  ask({101, 101, 2});
  queue_.exited(exit_of({100, 100}));
  ASSERT_EQ(queue_.list().size(), 1u);
  EXPECT_EQ(queue_.list()[0]->id, 2u);
  EXPECT_EQ(queue_.waiting(), 1u);
}

TEST_F(QueueTest, TakesTheEndOfAnOlderAskForNothing) {
  ask({100, 100, 1});
  ask({100, 100, 2});
  queue_.gone(gone_of({100, 100, 1}));
  ASSERT_EQ(queue_.list().size(), 1u);
  EXPECT_EQ(queue_.list()[0]->id, 2u);
}

TEST_F(QueueTest, LetsAThreadWaitForOneThingAtATime) {
  ask({100, 100, 1});
  EXPECT_EQ(ask({100, 100, 2}), 2u);
  EXPECT_EQ(queue_.find(1), nullptr);
  EXPECT_EQ(queue_.waiting(), 1u);
}

TEST_F(QueueTest, CountsAnAskThatIsSaidAgainOnce) {
  ask({100, 100});
  EXPECT_EQ(ask({100, 100}), 1u);
  EXPECT_EQ(queue_.list()[0]->waiting, 1u);
}

TEST_F(QueueTest, GivesNoAnswerOfADeadThreadToTheNextOwnerOfItsNumber) {
  ask({100, 100, 1, 3, 1});
  ask({100, 100, 1, 3, 2});
  queue_.answer(1, allow(), 0);
  const auto refusal = queue_.answer(2, allow(), 0);
  EXPECT_FALSE(refusal);
  ASSERT_EQ(kernel_.notes.size(), 1u);
  EXPECT_EQ(kernel_.notes[0].waiter.thread_start, 2u);
}

TEST_F(QueueTest, SaysSoWhenEverybodyWhoAskedIsDead) {
  ask({100, 100});
  kernel_.dead = {100};
  const auto refusal = queue_.answer(1, allow(), 0);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->message, "nobody waits for approval 1 any more");
  EXPECT_TRUE(events_.empty());
  EXPECT_TRUE(queue_.list().empty());
}

TEST_F(QueueTest, AnswersTheNextWaiterWhenTheFirstOfASessionIsDead) {
  ask({100, 100});
  ask({200, 200});
  kernel_.dead = {100};
  EXPECT_FALSE(queue_.answer(1, allow(GH_SCOPE_SESSION), 0));
  ASSERT_EQ(kernel_.notes.size(), 1u);
  EXPECT_EQ(kernel_.notes[0].waiter.tid, 200u);
}

TEST_F(QueueTest, KeepsThoseWhoseAnswerFoundNoRoom) {
  ask({100, 100});
  ask({200, 200});
  kernel_.room = 1;
  const auto refusal = queue_.answer(1, allow(), 0);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->message, "1 of 2 waiting threads were answered: no room for the answer");
  EXPECT_EQ(queue_.list()[0]->waiting, 1u);
  kernel_.room = 10;
  EXPECT_FALSE(queue_.answer(1, allow(), 0));
  EXPECT_EQ(kernel_.notes.size(), 2u);
}

TEST_F(QueueTest, TellsItsWatcherOfEveryChange) {
  std::vector<std::pair<Change, std::size_t>> seen;
  queue_.watch(
      [&](Change change, const Entry& entry) { seen.emplace_back(change, entry.waiting); });
  ask({100, 100});
  ask({200, 200});
  queue_.gone(gone_of({100, 100}));
  queue_.answer(1, allow(), 0);
  const std::vector<std::pair<Change, std::size_t>> expected = {
      {Change::opened, 1}, {Change::joined, 2}, {Change::left, 1}, {Change::closed, 0}};
  EXPECT_EQ(seen, expected);
}

TEST_F(QueueTest, CountsProcessesAsTheirThreadsComeAndGo) {
  ask({100, 100});
  ask({100, 101});
  ask({200, 200});
  queue_.gone(gone_of({100, 100}));
  EXPECT_EQ(queue_.list()[0]->processes, 2u);
  queue_.gone(gone_of({100, 101}));
  EXPECT_EQ(queue_.list()[0]->processes, 1u);
}

TEST_F(QueueTest, RemembersWhatWasAnsweredForTheNextWhoAskTheLike) {
  ask({100, 100});
  queue_.answer(1, allow(), kSecond);
  ask({100, 100, 2});
  const Entry& next = *queue_.list()[0];
  const auto like = next.history->like(3, next.ask());
  ASSERT_EQ(like.size(), 1u);
  EXPECT_EQ(like[0].object, "/bin/object1");
  EXPECT_EQ(like[0].by.uid, 1000u);
  EXPECT_EQ(like[0].at, kSecond);
}

TEST_F(QueueTest, ListsByDeadlineAndThoseWithoutOneLastByAge) {
  ask({100, 100, 1}, kSecond);
  terms_.timeout_ms = 60'000;
  ask({101, 101, 2}, kSecond);
  terms_.timeout_ms = 1000;
  ask({102, 102, 3}, 2 * kSecond);
  terms_.timeout_ms = 0;
  ask({103, 103, 4}, 0);
  std::vector<std::uint64_t> ids;
  for (const Entry* entry : queue_.list())
    ids.push_back(entry->id);
  EXPECT_EQ(ids, (std::vector<std::uint64_t>{3, 2, 4, 1}));
}

TEST_F(QueueTest, EndsWithItsSession) {
  ask({100, 100, 1, 3});
  ask({101, 101, 2, 3});
  ask({102, 102, 1, 4});
  queue_.session_ended(3);
  ASSERT_EQ(queue_.list().size(), 1u);
  EXPECT_EQ(queue_.list()[0]->first.session.serial, 4u);
  EXPECT_EQ(queue_.waiting(), 1u);
}

}  // namespace
}  // namespace gatehouse::approvals
