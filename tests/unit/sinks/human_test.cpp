// SPDX-License-Identifier: Apache-2.0
// Lines for people. It must never depend on the terminal or the time zone of whoever runs it.
#include "sinks/human.h"

#include <gtest/gtest.h>

#include "base/utf8.h"
#include "sample_events.h"

namespace gatehouse::sinks {
namespace {

using namespace events;

constexpr HumanStyle kWide{0, false, true};
constexpr HumanStyle kNarrow{80, false, true};

TEST(Human, TellsTimeVerdictAccessObjectProgramAndRule) {
  EXPECT_EQ(human(denied_read("/home/dev/.ssh/id"), kWide),
            "22:13:20.123 deny   read    /home/dev/.ssh/id cat[100] (secrets: credentials)");
}

TEST(Human, NeverGrowsPastTheWidthOfTheTerminal) {
  const std::string path = "/home/dev/" + std::string(200, 'x') + "/龍龍龍龍/the-end";
  for (std::size_t columns = 30; columns < 200; ++columns) {
    const std::string line = human(denied_read(path), {columns, false, true});
    EXPECT_LE(width_of(line), columns) << line;
  }
}

TEST(Human, GivesWayInTheMiddleOfThePathAndKeepsItsEnd) {
  const std::string line =
      human(denied_read("/home/dev/" + std::string(200, 'x') + "/end"), kNarrow);
  EXPECT_NE(line.find("…"), std::string::npos);
  EXPECT_NE(line.find("/end "), std::string::npos);
  EXPECT_NE(line.find("(secrets: credentials)"), std::string::npos);
}

TEST(Human, NamesTheToolCallThatAProcessClaimsWhereThereIsRoom) {
  Event event = denied_read("/home/dev/.ssh/id");
  event.process.claimed = {{"tool_call_id", "toolu_1"}};
  EXPECT_EQ(human(event, kWide),
            "22:13:20.123 deny   read    /home/dev/.ssh/id cat[100] (secrets: credentials) call "
            "toolu_1");
  EXPECT_EQ(human(event, kNarrow), human(denied_read("/home/dev/.ssh/id"), kNarrow));
  event.process.claimed = {{"tool_call_candidates", "toolu_1 toolu_2"}};
  EXPECT_TRUE(human(event, kWide).ends_with(" call toolu_1 or toolu_2"));
  for (std::size_t columns = 30; columns < 120; ++columns)
    EXPECT_LE(width_of(human(event, {columns, false, true})), columns);
}

TEST(Human, TellsOfAToolCallItself) {
  Event event = denied_read("");
  event.process.claimed = {{"tool_call_id", "toolu_1"}, {"tool_name", "Ba\x1bsh"}};
  event.body = ToolCall{ToolCall::Phase::begin, 7, 8};
  EXPECT_EQ(human(event, kWide), "22:13:20.123 call   begin   Ba\\x1bsh toolu_1 cat[100]");
}

TEST(Human, MakesControlAndBidirectionalCharactersVisible) {
  Event event = denied_read("/a\x1b[2J\n\xe2\x80\xae\xff");
  event.process.comm = "x\x07";
  const std::string line = human(event, kWide);
  EXPECT_NE(line.find(R"(/a\x1b[2J\n\u202e\xff)"), std::string::npos) << line;
  EXPECT_NE(line.find(R"(x\x07[100])"), std::string::npos) << line;
}

TEST(Human, SaysWhatWouldHaveHappenedInAuditMode) {
  Event event = denied_read("/a");
  std::get<Decision>(event.body).audit = true;
  EXPECT_NE(human(event, kWide).find("would deny read"), std::string::npos);
}

TEST(Human, UsesColourOnlyWhenTold) {
  EXPECT_EQ(human(denied_read("/a"), kWide).find('\x1b'), std::string::npos);
  EXPECT_NE(human(denied_read("/a"), {0, true, true}).find("\x1b[31mdeny"), std::string::npos);
}

TEST(Human, ShowsArgvInsteadOfTheProgramWhenItIsKnown) {
  Event event = denied_read("/bin/git");
  std::get<Decision>(event.body).argv = {"git", "push", "a b"};
  EXPECT_NE(human(event, kWide).find("git push \"a b\" cat[100]"), std::string::npos);
}

TEST(Human, ShoutsAboutLostEvents) {
  Event event;
  event.body = EventsLost{"events", 3, 17, "the ring of events was full"};
  EXPECT_EQ(human(event, kWide),
            "00:00:00.000 LOST   17 events (events): the ring of events was full");
}

TEST(Human, HasALineForEveryTypeOfEvent) {
  for (Event event : one_of_each()) {
    event.session.name = "s\x1b";
    event.session.serial = 1;
    for (const char c : human(event, kNarrow)) {
      EXPECT_FALSE(static_cast<unsigned char>(c) < 0x20) << type_word(event);
    }
  }
}

TEST(Elide, CountsColumnsAndNotBytes) {
  EXPECT_EQ(width_of("龍a"), 3u);
  EXPECT_EQ(elide("abc", 3), "abc");
  EXPECT_EQ(elide("abcdef", 4), "a…ef");
  EXPECT_EQ(elide("abcdef", 0), "");
  EXPECT_LE(width_of(elide("龍龍龍龍龍", 6)), 6u);
}

}  // namespace
}  // namespace gatehouse::sinks
