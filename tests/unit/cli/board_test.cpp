// SPDX-License-Identifier: Apache-2.0
// The board of `sessions top` with a clock that only the test moves. It must never depend on where a number
// stands, but on the number.
#include "cli/board.h"

#include <gtest/gtest.h>

#include <sstream>

#include "sinks/human.h"

namespace gatehouse::cli {
namespace {

constexpr std::int64_t kNow = 1'700'000'100'000'000'000;

events::Event board_event(gh_access access, const std::string& object, gh_verdict verdict,
                          std::int64_t seconds_ago = 1) {
  events::Event event;
  event.time = kNow - seconds_ago * 1'000'000'000;
  event.session = {3, "night\x1b[31m", {}};
  event.process.pid = 7;
  event.process.comm = "cat";
  events::Decision decision;
  decision.access = access;
  decision.object.text = object;
  decision.verdict = verdict;
  event.body = decision;
  return event;
}

class BoardTest : public testing::Test {
 protected:
  BoardTest() {
    board_.set({{{3, "night\x1b[31m"}, {12, 2, "coding-agent", "enforce", "running", ""}}});
  }
  control::Json session() const { return board_.json(kNow)[0]; }

  Board board_;
};

TEST_F(BoardTest, CountsRequestsByKindOverTheLastSeconds) {
  for (int i = 0; i < 20; i++)
    board_.take(board_event(GH_WRITE, "/srv/a", GH_ALLOW));
  board_.take(board_event(GH_CONNECT, "tcp 192.0.2.1:443", GH_DENY, 2));
  board_.take(board_event(GH_WRITE, "/srv/old", GH_ALLOW, 60));
  EXPECT_DOUBLE_EQ(session()["per_second"]["files"], 2.0);
  EXPECT_DOUBLE_EQ(session()["per_second"]["network"], 0.1);
  EXPECT_EQ(session()["requests"], 22);
  EXPECT_EQ(session()["denied"], 1);
  EXPECT_EQ(session()["processes"], 12);
  EXPECT_EQ(session()["asks"], 2);
  EXPECT_EQ(session()["busiest"][0]["path"], "/srv/a");
}

TEST_F(BoardTest, FitsIntoTheTerminalAndIsSafeThere) {
  board_.take(board_event(GH_READ, "/srv/" + std::string(300, 'x') + "\x1b]0;\x07", GH_DENY));
  const std::string view = board_.view(kNow, 80, 12, false);
  std::istringstream lines(view);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); count++)
    EXPECT_LE(sinks::width_of(line), 80u) << line;
  EXPECT_LE(count, 12u);
  EXPECT_EQ(view.find('\x1b'), std::string::npos);
  EXPECT_EQ(view.find('\x07'), std::string::npos);
}

TEST_F(BoardTest, PathsHaveALimitAndTheBusiestStays) {
  for (int i = 0; i < 5000; i++) {
    board_.take(board_event(GH_READ, "/srv/" + std::to_string(i), GH_DENY));
    board_.take(board_event(GH_READ, "/srv/busy", GH_DENY));
  }
  EXPECT_EQ(session()["busiest"][0]["path"], "/srv/busy");
  EXPECT_EQ(session()["busiest"][0]["requests"], 5000);
}

TEST_F(BoardTest, ASessionThatEndedLeaves) {
  board_.take(board_event(GH_READ, "/srv/a", GH_DENY));
  board_.set({});
  EXPECT_TRUE(board_.json(kNow).empty());
  EXPECT_EQ(board_.view(kNow, 80, 0, false).find("/srv/a\n"), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::cli
