// SPDX-License-Identifier: Apache-2.0
// What the card tells and how it stands up to hostile text. It must never look at /proc.
#include "approvals/card.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "ask_events.h"

namespace gatehouse::approvals {
namespace {

class OneShell : public events::ProcessSource {
 public:
  std::optional<events::Program> read(std::uint32_t pid) const override {
    if (pid == 100)
      return events::Program{100, 0, 50, "/bin/git", {"git", "push"}, "/home/dev/app"};
    if (pid == 50) return events::Program{50, 0, 0, "/bin/bash", {"bash", "-c", "a b"}, "/"};
    return std::nullopt;
  }
};

Entry entry_of(const events::Event& ask) {
  Entry entry;
  entry.id = 3;
  entry.first = ask;
  entry.waiting = 2;
  entry.processes = 1;
  entry.since = kSecond;
  entry.deadline = 60 * kSecond;
  entry.terms.remember = GH_SCOPE_PROCESS;
  return entry;
}

Card card_at(std::uint64_t now, const events::Event& ask = ask_of({})) {
  const OneShell shell;
  events::Processes processes(shell);
  return card_of(entry_of(ask), processes, now);
}

TEST(Card, TellsAllThatAPersonNeedsToKnow) {
  EXPECT_EQ(card_text(card_at(13 * kSecond), false),
            "Gatehouse #3: allow exec /bin/object1 ?\n"
            "  asked by  [100] git push\n"
            "  program   /bin/git\n"
            "  in        /home/dev/app\n"
            "    under   [50] bash -c \"a b\"  in /\n"
            "  rule      push (coding-agent): publishes code\n"
            "  session   night-shift, policy coding-agent, uid 1000\n"
            "  stopped   2 threads of 1 process for 12 s; denied in 47 s if nobody answers\n");
}

TEST(Card, TellsWhatWasAnsweredBeforeToTheLike) {
  History history;
  Past past{GH_EXEC, "/bin/object1", "push", GH_ALLOW, GH_SCOPE_ONCE, false, {}, kSecond};
  past.by = {events::Approver::Kind::person, 1000, 77, "ba\x1bsh"};
  history.keep(3, past);
  Entry entry = entry_of(ask_of({}));
  entry.history = &history;
  const OneShell shell;
  events::Processes processes(shell);
  const Card card = card_of(entry, processes, 61 * kSecond);
  const std::string line =
      "  before    allowed (once) 1 min 0 s ago by uid 1000, ba\\x1bsh[77]: /bin/object1\n";
  EXPECT_NE(card_text(card, false).find(line), std::string::npos) << card_text(card, false);
  const auto again = card_from_json(card_json(card));
  ASSERT_TRUE(again);
  EXPECT_EQ(card_text(*again, false), card_text(card, false));
}

TEST(Card, NeverCutsTheObjectOrTheAskersArguments) {
  events::Event ask = ask_of({});
  auto& body = std::get<events::Ask>(ask.body);
  body.object.text = "/" + std::string(4000, 'x') + "/end";
  body.argv = {"git", std::string(1000, 'y') + "end"};
  const std::string text = card_text(card_at(0, ask), false);
  EXPECT_NE(text.find(body.object.text), std::string::npos);
  EXPECT_NE(text.find(body.argv[1]), std::string::npos);
}

TEST(Card, ShowsTheCommandThatIsToRunAboveTheOneThatRunsIt) {
  events::Event ask = ask_of({});
  std::get<events::Ask>(ask.body).argv = {"curl", "evil one"};
  const std::string text = card_text(card_at(0, ask), false);
  EXPECT_NE(text.find("  command   curl \"evil one\"\n  asked by  [100] git push\n"),
            std::string::npos)
      << text;
}

TEST(Card, LetsNoTextOfAnAgentMoveTheCursorOrForgeALine) {
  events::Event ask = ask_of({});
  auto& body = std::get<events::Ask>(ask.body);
  body.object.text = "/a\n  rule      harmless\x1b[2J\xe2\x80\xae\xff";
  body.argv = {"x\r", "\x9b"};
  ask.session.name = "\x1b]0;";
  const std::string text = card_text(card_at(0, ask), false);
  EXPECT_NE(text.find(R"(/a\n  rule      harmless\x1b[2J\u202e\xff)"), std::string::npos) << text;
  for (const char c : text) {
    EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
  }
}

TEST(Card, ShowsADeadlineThatHasPassedAsZero) { EXPECT_EQ(card_at(100 * kSecond).left_ms, 0u); }

TEST(Card, ComesBackFromItsJson) {
  const Card card = card_at(kSecond);
  const auto again = card_from_json(card_json(card));
  ASSERT_TRUE(again);
  EXPECT_EQ(card_text(*again, false), card_text(card, false));
  EXPECT_EQ(again->remember, GH_SCOPE_PROCESS);
}

TEST(Card, KeepsBytesThatAreNotUtf8InItsJson) {
  events::Event ask = ask_of({});
  auto& body = std::get<events::Ask>(ask.body);
  body.object.text = "/\xff";
  body.argv = {"a", "\xfe"};
  const std::string json = card_json(card_at(0, ask));
  EXPECT_EQ(nlohmann::json::parse(json)["object_bytes"], "L/8=");
  const auto again = card_from_json(json);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->object.text, body.object.text);
  EXPECT_EQ(again->argv, body.argv);
}

TEST(Card, TakesNoJsonThatIsNone) {
  EXPECT_FALSE(card_from_json(""));
  EXPECT_FALSE(card_from_json("[]"));
  EXPECT_FALSE(card_from_json("{\"id\":\"x\"}"));
  EXPECT_TRUE(card_from_json(
      R"({"id":1,"chain":[1,{"argv":7}],"session":3,"earlier":[{"scope":1}],"argv_bytes":["!"]})"));
}

}  // namespace
}  // namespace gatehouse::approvals
