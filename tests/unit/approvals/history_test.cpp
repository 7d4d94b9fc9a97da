// SPDX-License-Identifier: Apache-2.0
// What is told of earlier answers, and what is not. It must never need a queue.
#include "approvals/history.h"

#include <gtest/gtest.h>

namespace gatehouse::approvals {
namespace {

Past past_of(const std::string& object, const std::string& rule = "push", std::uint64_t at = 0) {
  return {GH_WRITE, object, rule, GH_ALLOW, GH_SCOPE_ONCE, false, {}, at};
}

events::Judged judged(const std::string& object, const std::string& rule = "push") {
  events::Judged ask;
  ask.access = GH_WRITE;
  ask.object.text = object;
  ask.rule.id = rule;
  return ask;
}

TEST(History, TellsTheSameObjectFirstAndThenTheNewestOfTheSameRule) {
  History history;
  history.keep(3, past_of("/a"));
  history.keep(3, past_of("/b"));
  history.keep(3, past_of("/c"));
  history.keep(3, past_of("/d", "other"));
  const auto like = history.like(3, judged("/a"));
  ASSERT_EQ(like.size(), 3u);
  EXPECT_EQ(like[0].object, "/a");
  EXPECT_EQ(like[1].object, "/c");
  EXPECT_EQ(like[2].object, "/b");
}

TEST(History, TellsNothingOfOtherAccessesSessionsOrOfWhatNoRuleAsked) {
  History history;
  history.keep(3, past_of("/a"));
  history.keep(3, past_of("/x", ""));
  EXPECT_TRUE(history.like(4, judged("/a")).empty());
  EXPECT_TRUE(history.like(3, judged("/b", "")).empty());
  auto read = judged("/a");
  read.access = GH_READ;
  EXPECT_TRUE(history.like(3, read).empty());
  history.forget_session(3);
  EXPECT_TRUE(history.like(3, judged("/a")).empty());
}

TEST(History, ForgetsTheOldestOfTooMany) {
  History history;
  history.keep(3, past_of("/first", "once"));
  for (std::size_t i = 0; i < History::kMost; ++i)
    history.keep(3, past_of("/a"));
  EXPECT_TRUE(history.like(3, judged("/first", "once")).empty());
  EXPECT_EQ(history.like(3, judged("/a")).size(), History::kMostShown);
}

}  // namespace
}  // namespace gatehouse::approvals
