// SPDX-License-Identifier: Apache-2.0
// The view of `approvals watch` without a terminal, with a clock that only the test moves. It must never look
// at more than the desk itself says.
#include "cli/desk.h"

#include <gtest/gtest.h>

#include <sstream>

#include "sinks/human.h"

namespace gatehouse::cli {
namespace {

constexpr std::uint64_t kAfter = approvals::KeyGuard::kTime + 1;

approvals::Card card(std::uint64_t id, const std::string& object = "/usr/bin/git") {
  approvals::Card card;
  card.id = id;
  card.access = "exec";
  card.object.text = object;
  card.session.serial = 1;
  card.session.name = "night-shift";
  card.rule = {"push", "coding-agent", "publishes code"};
  card.waiting = 1;
  return card;
}

// Three questions; the first has been readable for long.
class DeskTest : public testing::Test {
 protected:
  DeskTest() {
    desk_.put("d", card(1), 0);
    desk_.put("d", card(2), 0);
    desk_.put("run", card(3), 0);
    wait();
  }
  void wait() {
    now_ += kAfter;
    EXPECT_FALSE(desk_.take("", now_));
  }
  std::string first_line() { return desk_.view(0, false).substr(0, 14); }

  Desk desk_;
  std::uint64_t now_ = 0;
};

TEST_F(DeskTest, TakesOneKeyForAnAnswerToWhatIsShown) {
  const std::pair<const char*, std::pair<gh_verdict, int>> cases[] = {
      {"a", {GH_ALLOW, GH_SCOPE_ONCE}},
      {"p", {GH_ALLOW, GH_SCOPE_PROCESS}},
      {"s", {GH_ALLOW, GH_SCOPE_SESSION}},
      {"d", {GH_DENY, GH_SCOPE_ONCE}}};
  for (const auto& [key, expected] : cases) {
    const auto given = desk_.take(key, now_);
    ASSERT_TRUE(given) << key;
    EXPECT_EQ(given->socket, "d");
    EXPECT_EQ(given->id, 1u);
    EXPECT_EQ(given->answer.verdict, expected.first) << key;
    EXPECT_EQ(given->answer.scope, expected.second) << key;
  }
}

TEST_F(DeskTest, TakesNoKeyForAnAnswerToTheNextQuestion) {
  desk_.close("d", 1, "it was answered elsewhere", now_);
  EXPECT_EQ(first_line(), "Gatehouse #2: ");
  EXPECT_FALSE(desk_.take("a", now_)) << "meant for the first";
  EXPECT_FALSE(desk_.take("a", now_ + approvals::KeyGuard::kTime / 2));
  EXPECT_EQ(desk_.wake_at(), now_ + approvals::KeyGuard::kTime);
  EXPECT_FALSE(desk_.take("a", now_ + kAfter)) << "typed before, however late it is read";
  const auto given = desk_.take("a", now_ + kAfter + 1);
  ASSERT_TRUE(given);
  EXPECT_EQ(given->id, 2u);
}

TEST_F(DeskTest, WaitsAgainWhenThePersonMovesOn) {
  EXPECT_FALSE(desk_.take("n", now_));
  EXPECT_EQ(first_line(), "Gatehouse #2: ");
  EXPECT_FALSE(desk_.take("a", now_)) << "not readable yet";
  EXPECT_FALSE(desk_.take("j", now_)) << "moving needs no waiting";
  EXPECT_EQ(first_line(), "Gatehouse #3: ");
  wait();
  const auto given = desk_.take("d", now_);
  ASSERT_TRUE(given);
  EXPECT_EQ(given->socket, "run");
  EXPECT_EQ(given->id, 3u);
  desk_.take("j", now_);
  EXPECT_EQ(first_line(), "Gatehouse #1: ") << "round and round";
  desk_.take("k", now_);
  EXPECT_EQ(first_line(), "Gatehouse #3: ");
}

TEST_F(DeskTest, DoesNotWaitAgainForAThreadThatJoins) {
  auto joined = card(1);
  joined.waiting = 2;
  desk_.put("d", joined, now_);
  desk_.put("d", card(9), now_);
  EXPECT_TRUE(desk_.take("a", now_));
}

TEST_F(DeskTest, TakesNoPasteAndNoEscapeSequence) {
  EXPECT_FALSE(desk_.take("aa", now_));
  EXPECT_FALSE(desk_.take("\x1b[A", now_));
  EXPECT_FALSE(desk_.take("a", now_ + 1)) << "the end of the sequence";
  EXPECT_TRUE(desk_.take("a", now_ + 200'000'000));
}

TEST_F(DeskTest, KeepsToTheScopeThatThePolicyTakes) {
  auto narrow = card(1);
  narrow.remember = GH_SCOPE_ONCE;
  desk_.put("d", narrow, now_);
  EXPECT_EQ(desk_.view(0, false).find("[s]"), std::string::npos);
  EXPECT_FALSE(desk_.take("s", now_));
  EXPECT_NE(desk_.view(0, false).find("does not let answers last that long"), std::string::npos);
  EXPECT_TRUE(desk_.take("a", now_));
}

TEST_F(DeskTest, AllowsNoStormByAKey) {
  auto storm = card(1);
  storm.storm.emplace();
  desk_.put("d", storm, now_);
  for (const char* key : {"a", "p", "s"})
    EXPECT_FALSE(desk_.take(key, now_)) << key;
  EXPECT_NE(desk_.view(0, false).find("nobody has seen these"), std::string::npos);
  const auto given = desk_.take("d", now_);
  ASSERT_TRUE(given);
  EXPECT_EQ(given->answer.verdict, GH_DENY);
}

TEST_F(DeskTest, LosesWhatAControllerAskedThatWent) {
  desk_.drop("d", now_);
  EXPECT_EQ(first_line(), "Gatehouse #3: ");
  desk_.drop("run", now_);
  EXPECT_NE(desk_.view(0, false).find("nothing is waiting"), std::string::npos);
  EXPECT_FALSE(desk_.take("a", now_ + 2 * kAfter));
  EXPECT_FALSE(desk_.wake_at());
}

TEST_F(DeskTest, EndsByKey) {
  for (const char* key : {"q", "\x03", "\x04"}) {
    Desk desk;
    EXPECT_FALSE(desk.take(key, now_));
    EXPECT_TRUE(desk.done());
  }
}

TEST_F(DeskTest, ShowsAllWithinTheColumnsAndNothingThatATerminalObeys) {
  const std::string object = "/work/" + std::string(300, 'x') + "\x1b[2J\u202e/end";
  Desk desk;
  desk.put("d", card(1, object), 0);
  for (std::uint64_t id = 2; id < 20; ++id)
    desk.put("d", card(id, object), 0);
  desk.take("?", 0);
  for (const std::size_t columns : {80u, 40u}) {
    std::istringstream lines(desk.view(columns, false));
    std::string all;
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(sinks::width_of(line), columns) << line;
      all += line.starts_with("    ") ? line.substr(4) : line;
    }
    EXPECT_EQ(all.find('\x1b'), std::string::npos);
    EXPECT_EQ(all.find("\u202e"), std::string::npos);
    EXPECT_NE(all.find(std::string(300, 'x')), std::string::npos) << "cut: " << all;
    EXPECT_NE(all.find("/end"), std::string::npos);
    EXPECT_NE(all.find("and 10 more"), std::string::npos) << all;
  }
  const auto coloured = desk.view(40, true);
  EXPECT_NE(coloured.find("\x1b[1;33m"), std::string::npos);
  EXPECT_EQ(coloured.find("\x1b[2J"), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::cli
