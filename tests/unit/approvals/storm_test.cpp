// SPDX-License-Identifier: Apache-2.0
// Sessions that ask for more than a person can read. A test must never look at what it did not ask for.
#include <gtest/gtest.h>

#include "approvals/card.h"
#include "approvals/queue.h"
#include "ask_events.h"

namespace gatehouse::approvals {
namespace {

class NoProcesses : public events::ProcessSource {
 public:
  std::optional<events::Program> read(std::uint32_t) const override { return std::nullopt; }
};

class StormTest : public testing::Test {
 protected:
  StormTest() { terms_.max_open = 2; }

  // Objects first to last, each by a process of its own.
  void ask(std::uint32_t first, std::uint32_t last, std::uint64_t session = 3) {
    for (std::uint32_t number = first; number <= last; ++number)
      EXPECT_TRUE(
          queue_.ask(ask_of({100 + number, 100 + number, number, session}), terms_, number));
    queue_.expire(0);
  }
  static Answer answer(gh_verdict verdict, int scope = GH_SCOPE_ONCE) {
    return {verdict, scope, 0, {}, {events::Approver::Kind::person, 1000, 55, "bash"}};
  }
  const Entry* storm() {
    for (const Entry* entry : queue_.list())
      if (entry->storm) return entry;
    return nullptr;
  }

  NotedAnswers kernel_;
  std::vector<events::Event> events_;
  Terms terms_;
  Queue queue_{kernel_, [this](events::Event event) { events_.push_back(std::move(event)); }};
};

TEST_F(StormTest, IsOneQuestionForAllThatASessionAsksBeyondItsNumber) {
  ask(1, 5);
  ASSERT_EQ(queue_.list().size(), 3u);
  ASSERT_NE(storm(), nullptr);
  EXPECT_EQ(storm()->storm->objects, 3u);
  EXPECT_EQ(storm()->waiting, 3u);
  EXPECT_EQ(storm()->processes, 3u);
  EXPECT_EQ(storm()->storm->kinds.at(GH_EXEC), 3u);
  EXPECT_EQ(storm()->storm->examples.front(), "/bin/object3");
  EXPECT_EQ(queue_.find(storm()->id), storm());
  EXPECT_EQ(queue_.waiting(), 5u);
}

TEST_F(StormTest, IsOfItsSessionAlone) {
  ask(1, 2);
  ask(3, 4, 4);
  EXPECT_EQ(storm(), nullptr);
  EXPECT_EQ(queue_.list().size(), 4u);
}

TEST_F(StormTest, TakesInAnEqualAskWithoutCountingItsObjectTwice) {
  ask(1, 3);
  EXPECT_TRUE(queue_.ask(ask_of({500, 500, 3}), terms_, 9));
  queue_.expire(0);
  EXPECT_EQ(storm()->storm->objects, 1u);
  EXPECT_EQ(storm()->waiting, 2u);
}

TEST_F(StormTest, IsDeniedAtOnceAndLeavesTheQuestionsBeforeIt) {
  ask(1, 5);
  EXPECT_FALSE(queue_.answer(storm()->id, answer(GH_DENY), 0));
  EXPECT_EQ(storm(), nullptr);
  EXPECT_EQ(queue_.list().size(), 2u);
  ASSERT_EQ(kernel_.notes.size(), 3u);
  EXPECT_EQ(kernel_.notes[0].waiter.object[0], 3u);
  EXPECT_EQ(events_.size(), 3u) << "each object is told of";
}

TEST_F(StormTest, IsNeverAllowedUnseen) {
  ask(1, 5);
  const auto refusal = queue_.answer(storm()->id, answer(GH_ALLOW), 0);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->message, "these are 3 requests that nobody has seen");
  EXPECT_TRUE(kernel_.notes.empty());
  EXPECT_EQ(queue_.list().size(), 3u);
}

TEST_F(StormTest, ShowsItsOldestWhenAQuestionBeforeItIsAnswered) {
  ask(1, 4);
  const auto id = storm()->id;
  std::vector<std::pair<Change, std::uint64_t>> seen;
  queue_.watch([&](Change change, const Entry& entry) { seen.emplace_back(change, entry.id); });
  EXPECT_FALSE(queue_.answer(1, answer(GH_ALLOW), 0));
  queue_.expire(0);
  EXPECT_EQ(storm()->storm->objects, 1u);
  EXPECT_FALSE(queue_.answer(2, answer(GH_ALLOW), 0));
  EXPECT_EQ(storm(), nullptr);
  const std::vector<std::pair<Change, std::uint64_t>> expected = {
      {Change::closed, 1}, {Change::opened, 3}, {Change::joined, id},
      {Change::closed, 2}, {Change::opened, 4}, {Change::closed, id}};
  EXPECT_EQ(seen, expected);
}

TEST_F(StormTest, TellsItsWatcherOnceHoweverMuchCameInBetween) {
  std::size_t told = 0;
  queue_.watch([&](Change, const Entry& entry) { told += entry.storm ? 1 : 0; });
  ask(1, 400);
  EXPECT_EQ(told, 1u);
  queue_.expire(0);
  EXPECT_EQ(told, 1u);
  ask(401, 800);
  EXPECT_EQ(told, 2u);
}

TEST_F(StormTest, KeepsThoseWhoseDenialFoundNoRoom) {
  ask(1, 5);
  kernel_.room = 1;
  EXPECT_TRUE(queue_.answer(storm()->id, answer(GH_DENY), 0));
  queue_.expire(0);
  EXPECT_EQ(storm()->storm->objects, 2u);
  kernel_.room = 10;
  EXPECT_FALSE(queue_.answer(storm()->id, answer(GH_DENY), 0));
  EXPECT_EQ(storm(), nullptr);
}

TEST_F(StormTest, LosesThoseThatEndAndIsOverWithTheLast) {
  ask(1, 4);
  queue_.gone(gone_of({103, 103, 3}));
  queue_.expire(0);
  EXPECT_EQ(storm()->storm->objects, 1u);
  queue_.exited(exit_of({104, 104, 4}));
  EXPECT_EQ(storm(), nullptr);
}

TEST_F(StormTest, EndsWithItsSessionWithoutShowingWhatWaitedInIt) {
  ask(1, 5);
  std::vector<Change> seen;
  queue_.watch([&](Change change, const Entry&) { seen.push_back(change); });
  queue_.session_ended(3);
  EXPECT_EQ(seen, (std::vector<Change>{Change::closed, Change::closed, Change::closed}));
  EXPECT_TRUE(queue_.list().empty());
  ask(1, 3);
  EXPECT_EQ(queue_.list().size(), 3u);
}

TEST_F(StormTest, ExpiresLikeTheQuestionsItIsMadeOf) {
  terms_.timeout_ms = 1000;
  ask(1, 5);
  EXPECT_EQ(storm()->deadline, kSecond + 3);
  queue_.expire(2 * kSecond);
  EXPECT_EQ(kernel_.notes.size(), 5u);
  EXPECT_TRUE(queue_.list().empty());
}

TEST_F(StormTest, TellsWhatItIsMadeOf) {
  ask(1, 5);
  const NoProcesses none;
  events::Processes processes(none);
  const Card card = card_of(*storm(), processes, 0);
  const std::string text = card_text(card, false);
  EXPECT_NE(text.find(": allow storm 3 more requests: 3 exec ?\n"), std::string::npos) << text;
  EXPECT_NE(text.find("  such as   /bin/object3\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("push"), std::string::npos) << "the rule of one is not that of all";
  const auto again = card_from_json(card_json(card));
  ASSERT_TRUE(again);
  EXPECT_EQ(card_text(*again, false), text);
}

}  // namespace
}  // namespace gatehouse::approvals
