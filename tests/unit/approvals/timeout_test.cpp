// SPDX-License-Identifier: Apache-2.0
// What happens when nobody answers, and when thousands ask. It must never wait for real time.
#include <gtest/gtest.h>

#include <chrono>

#include "approvals/queue.h"
#include "ask_events.h"

namespace gatehouse::approvals {
namespace {

class TimeoutTest : public testing::Test {
 protected:
  NotedAnswers kernel_;
  std::vector<events::Event> events_;
  Queue queue_{kernel_, [this](events::Event event) { events_.push_back(std::move(event)); }};
};

TEST_F(TimeoutTest, AnswersAsThePolicySaysAndTellsIt) {
  Terms terms;
  terms.timeout_ms = 1000;
  ASSERT_TRUE(queue_.ask(ask_of({100, 100}), terms, 0));
  ASSERT_TRUE(queue_.ask(ask_of({200, 200}), terms, kSecond / 2));
  EXPECT_EQ(queue_.next_deadline(), kSecond);
  queue_.expire(kSecond - 1);
  EXPECT_TRUE(kernel_.notes.empty());
  queue_.expire(kSecond);
  ASSERT_EQ(kernel_.notes.size(), 2u);
  EXPECT_EQ(kernel_.notes[0].verdict, GH_DENY);
  EXPECT_EQ(kernel_.notes[0].scope, GH_SCOPE_ONCE);
  ASSERT_EQ(events_.size(), 1u);
  EXPECT_EQ(std::get<events::ApprovalExpired>(events_[0].body).waiting, 2u);
  EXPECT_TRUE(queue_.list().empty());
  EXPECT_FALSE(queue_.next_deadline());
}

TEST_F(TimeoutTest, AllowsOnTimeoutOnlyIfThePolicySaysSo) {
  Terms terms;
  terms.timeout_ms = 1;
  terms.on_timeout = GH_ALLOW;
  ASSERT_TRUE(queue_.ask(ask_of({}), terms, 0));
  queue_.expire(kSecond);
  ASSERT_EQ(kernel_.notes.size(), 1u);
  EXPECT_EQ(kernel_.notes[0].verdict, GH_ALLOW);
}

TEST_F(TimeoutTest, CountsFromTheFirstTimeOfAskingWhoeverWasThereToHear) {
  Terms terms;
  terms.timeout_ms = 10'000;
  auto said_again = [](const Asking& who, std::uint64_t since) {
    events::Event event = ask_of(who);
    std::get<events::Ask>(event.body).since = since;
    return event;
  };
  ASSERT_TRUE(queue_.ask(said_again({100, 100}, 5 * kSecond), terms, 9 * kSecond));
  EXPECT_EQ(queue_.list()[0]->since, 5 * kSecond);
  EXPECT_EQ(queue_.next_deadline(), 15 * kSecond);
  // One who waited longer for the same came second.
  ASSERT_TRUE(queue_.ask(said_again({200, 200}, 4 * kSecond), terms, 9 * kSecond));
  EXPECT_EQ(queue_.next_deadline(), 14 * kSecond);
  ASSERT_TRUE(queue_.ask(said_again({300, 300}, 8 * kSecond), terms, 9 * kSecond));
  EXPECT_EQ(queue_.next_deadline(), 14 * kSecond);
  queue_.expire(14 * kSecond);
  EXPECT_EQ(kernel_.notes.size(), 3u);
  EXPECT_FALSE(queue_.next_deadline());
}

TEST_F(TimeoutTest, NeverExpiresWithoutATimeout) {
  ASSERT_TRUE(queue_.ask(ask_of({}), Terms{}, 0));
  queue_.expire(~0ull);
  EXPECT_EQ(queue_.list().size(), 1u);
}

TEST_F(TimeoutTest, TriesAgainWhenTheAnswerFoundNoRoom) {
  Terms terms;
  terms.timeout_ms = 1;
  ASSERT_TRUE(queue_.ask(ask_of({}), terms, 0));
  kernel_.room = 0;
  queue_.expire(kSecond);
  EXPECT_EQ(queue_.list().size(), 1u);
  EXPECT_TRUE(events_.empty());
  EXPECT_EQ(queue_.next_deadline(), 2 * kSecond);
  kernel_.room = 1;
  queue_.expire(2 * kSecond);
  EXPECT_TRUE(queue_.list().empty());
  EXPECT_EQ(events_.size(), 1u);
}

TEST_F(TimeoutTest, DeniesAtOnceWhereNobodyIsToBeAsked) {
  Terms terms;
  terms.at_once = GH_DENY;
  const auto id = queue_.ask(ask_of({}), terms, 0);
  ASSERT_TRUE(id);
  EXPECT_EQ(*id, 0u);
  ASSERT_EQ(kernel_.notes.size(), 1u);
  EXPECT_EQ(kernel_.notes[0].verdict, GH_DENY);
  ASSERT_EQ(events_.size(), 1u);
  EXPECT_EQ(std::get<events::ApprovalAnswered>(events_[0].body).by.kind,
            events::Approver::Kind::policy);
}

TEST_F(TimeoutTest, QueuesWhatCouldNotBeDeniedAtOnceAndDeniesItSoonAfter) {
  Terms terms;
  terms.at_once = GH_DENY;
  kernel_.room = 0;
  EXPECT_FALSE(queue_.ask(ask_of({}), terms, 0));
  EXPECT_EQ(queue_.waiting(), 1u);
  kernel_.room = 1;
  queue_.expire(kSecond);
  ASSERT_EQ(kernel_.notes.size(), 1u);
  EXPECT_EQ(kernel_.notes[0].verdict, GH_DENY);
}

TEST_F(TimeoutTest, HandlesAStormOfAsksWithoutSlowingDown) {
  const auto run = [](std::uint32_t count) {
    NotedAnswers kernel;
    Queue queue(kernel, {});
    Terms terms;
    terms.timeout_ms = 1000;
    const auto begin = std::chrono::steady_clock::now();
    for (std::uint32_t i = 0; i < count; ++i) {
      EXPECT_TRUE(queue.ask(ask_of({1000 + i, 1000 + i, i / 2}), terms, i));
    }
    for (std::uint32_t i = 0; i < count; i += 3) {
      queue.gone(gone_of({1000 + i, 1000 + i, i / 2}));
    }
    for (std::uint32_t i = 1; i < count; i += 3) {
      queue.exited(exit_of({1000 + i, 1000 + i}));
    }
    queue.expire(2 * kSecond);
    EXPECT_EQ(queue.waiting(), 0u);
    return std::chrono::steady_clock::now() - begin;
  };
  const auto few = run(1'000);
  const auto many = run(GH_MAX_ASKS);
  EXPECT_LT(many, few * 200) << "16 times the asks";
}

}  // namespace
}  // namespace gatehouse::approvals
