// SPDX-License-Identifier: Apache-2.0
// What the protocol takes and refuses, line by line. It must never need a socket.
#include "control/protocol.h"

#include <gtest/gtest.h>

namespace gatehouse::control {
namespace {

std::string refused(std::string_view line) {
  const auto request = parse_request(line);
  const auto* refusal = std::get_if<Refusal>(&request);
  return refusal ? refusal->message : "(taken)";
}

std::vector<Operation> samples() {
  const PolicySource files{"", {{"/etc/a.json", "{\"version\":1}"}, {"b", "ż"}}};
  return {
      Status{},
      Sessions{},
      Pause{"3"},
      Resume{"night"},
      Kill{"3"},
      ApprovalsList{},
      ApprovalsWatch{"3"},
      ApprovalsAnswer{7, true, Scope::process, 600000, "go on"},
      ApprovalsAnswer{8, false, std::nullopt, 0, ""},
      ApprovalsAnswer{9, true, Scope::session, 0, "", "/repo/**"},
      ApprovalsPreview{9, true, ""},
      ApprovalsPreview{9, false, "/repo/**"},
      ApprovalsGrants{"3"},
      ApprovalsGrants{},
      ApprovalsRevoke{9},
      EventsFollow{"3", 100, false},
      RunPrepare{
          files, "/home/dev/app", "night", {{"team", "a"}}, OnAsk::prompt, {"codex", "-x"}, 4711},
      RunPrepare{{"coding-agent", {}}, "/w", "", {}, OnAsk::deny, {}, 0},
      Attach{"/sys/fs/cgroup/x", {"coding-agent", {}}, "/w", "n", {}},
      Detach{"3"},
      ReplacePolicy{"3", files},
      Why{"3", false, "read", "/etc/shadow"},
      Why{"3", false, "exec", "/usr/bin/git", 0, {"push", ""}},
      Why{"", true, "", "", 30'000},
      ToolCall{ToolCall::Phase::begin, "toolu_1", "7f3a", "", "Bash", 3},
      ToolCall{ToolCall::Phase::end, "toolu_1", "7f3a"},
      ToolCall{ToolCall::Phase::over, "", "7f3a", "sub-1"}};
}

TEST(Protocol, ReadsBackEveryRequestThatItWrites) {
  for (const Operation& operation : samples()) {
    const std::string line = request_line(operation);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const auto again = parse_request(line);
    ASSERT_TRUE(std::holds_alternative<Operation>(again)) << line << refused(line);
    EXPECT_EQ(std::get<Operation>(again), operation) << line;
  }
}

TEST(Protocol, WritesWhatTheDocumentationShows) {
  EXPECT_EQ(request_line(ApprovalsAnswer{7, true, Scope::once, 0, ""}),
            R"({"v":1,"op":"approvals.answer","id":7,"verdict":"allow","scope":"once"})");
  EXPECT_EQ(request_line(Status{}), R"({"v":1,"op":"status"})");
}

TEST(Protocol, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(refused(R"({"v":1,"op":"launch"})"), "there is no operation \"launch\"");
  EXPECT_EQ(refused(R"({"v":1,"op":"status","x":1})"), "\"x\" is not known here");
  EXPECT_EQ(refused(R"({"v":2,"op":"status"})"), "version 2 of the protocol is not spoken here");
  EXPECT_EQ(refused(R"({"op":"status"})"), "`v` is missing");
  EXPECT_EQ(refused(R"({"v":1})"), "`op` is missing");
}

TEST(Protocol, NeverConverts) {
  EXPECT_EQ(refused(R"({"v":"1","op":"status"})"),
            "`v` must be a whole number that is not negative");
  EXPECT_EQ(refused(R"({"v":1,"op":"pause","session":3})"), "`session` must be a string");
  EXPECT_EQ(refused(R"({"v":1,"op":"pause"})"), "`session` is missing");
  EXPECT_EQ(refused(R"({"v":1,"op":"approvals.answer","id":-1,"verdict":"allow"})"),
            "`id` must be a whole number that is not negative");
  EXPECT_EQ(refused(R"({"v":1,"op":"approvals.answer","id":1.5,"verdict":"allow"})"),
            "`id` must be a whole number that is not negative");
  EXPECT_EQ(refused(R"({"v":1,"op":"approvals.answer","id":1,"verdict":"yes"})"),
            "`verdict` cannot be \"yes\"");
  EXPECT_EQ(refused(R"({"v":1,"op":"approvals.answer","id":1})"), "`verdict` is missing");
  EXPECT_EQ(refused(R"({"v":1,"op":"approvals.answer","id":1,"verdict":"allow","scope":""})"),
            "`scope` cannot be \"\"");
}

TEST(Protocol, NeverReadsOneLineInTwoWays) {
  EXPECT_EQ(refused(R"({"v":1,"op":"status","op":"kill"})"),
            "the line was refused: the member \"op\" stands there twice");
  EXPECT_EQ(refused("{\"v\":1,\"op\":\"pause\",\"session\":\"\xff\"}").substr(0, 44),
            "the line was refused: it is not JSON at byte");
  EXPECT_EQ(refused(R"({"v":1,"op":"status"} {})").substr(0, 21), "the line was refused:");
  EXPECT_EQ(refused(R"({"v":1,"op":"status"} // x)").substr(0, 21), "the line was refused:");
  EXPECT_EQ(refused("[1]"), "the line is not a JSON object");
  EXPECT_EQ(refused(""), "the line was refused: it is not JSON at byte 1");
}

TEST(Protocol, RefusesWhatIsTooDeepOrTooLong) {
  EXPECT_EQ(refused(std::string(100'000, '[')),
            "the line was refused: it is nested deeper than 16 levels");
  EXPECT_EQ(refused(std::string(kMostLine, ' ')), "the line is longer than 1 MiB");
}

TEST(Protocol, WantsAPolicyByNameOrByFilesAndNotBoth) {
  const std::string head = R"({"v":1,"op":"replace-policy","session":"3","policy":)";
  EXPECT_EQ(refused(head + "{}}"), "`policy` must have either a name or files");
  EXPECT_EQ(refused(head + R"({"name":"a","files":[{"name":"b","text":"c"}]}})"),
            "`policy` must have either a name or files");
  EXPECT_EQ(refused(head + R"({"files":[{"name":"b"}]}})"), "`policy.files[].text` is missing");
  EXPECT_EQ(refused(head + R"({"files":[7]}})"), "`policy.files[]` must be an object");
  EXPECT_EQ(refused(head + R"({"files":{"name":"b"}}})"), "`policy.files` must be a list");
  EXPECT_EQ(refused(head + R"("x"})"), "`policy` must be an object");
}

TEST(Protocol, WantsATimeOnlyOfTheLastRefusal) {
  EXPECT_EQ(refused(R"({"v":1,"op":"why","access":"read","object":"/","within_ms":5})"),
            "`within_ms` goes with `last`");
}

TEST(Protocol, WantsWhyToBeAboutOneThing) {
  EXPECT_EQ(refused(R"({"v":1,"op":"why"})"),
            "`why` takes either `last` or both `access` and `object`");
  EXPECT_EQ(refused(R"({"v":1,"op":"why","last":true,"access":"read","object":"/"})"),
            "`why` takes either `last` or both `access` and `object`");
}

TEST(Protocol, WantsToKnowWhichToolCallAndHowFarAboveItsAgentIs) {
  const std::string head = R"({"v":1,"op":"tool-call","conversation":"c",)";
  const char* const id = "`id` goes with `begin` and `end`, and not with `over`";
  EXPECT_EQ(refused(head + R"("phase":"begin"})"), id);
  EXPECT_EQ(refused(head + R"("phase":"over","id":"t"})"), id);
  EXPECT_EQ(refused(head + R"("phase":"lapsed","id":"t"})"), "`phase` cannot be \"lapsed\"");
  EXPECT_EQ(refused(R"({"v":1,"op":"tool-call","phase":"end","id":"t"})"),
            "`conversation` is missing");
  for (const char* above : {"0", "9"})
    EXPECT_EQ(refused(head + R"("phase":"end","id":"t","above":)" + above + "}"),
              "`above` is not 1 to 8");
}

TEST(Protocol, LetsAgentsAskForLittle) {
  int allowed = 0;
  for (const Operation& operation : samples()) {
    allowed += agents_may(operation) ? 1 : 0;
    if (agents_may(operation)) {
      EXPECT_TRUE(op_word(operation) == "status" || op_word(operation) == "why" ||
                  op_word(operation) == "tool-call");
    }
  }
  EXPECT_EQ(allowed, 7);
}

TEST(Reply, ComesBackAsItWasWritten) {
  const auto result = parse_reply(result_line({{"serial", 3}}));
  EXPECT_EQ(std::get<Reply>(result).kind, Reply::Kind::result);
  EXPECT_EQ(std::get<Reply>(result).value["serial"], 3);

  const auto refusal = parse_reply(refusal_line({"no", "ask again", {{{"pointer", "/x"}}}}));
  EXPECT_EQ(std::get<Reply>(refusal).kind, Reply::Kind::refused);
  EXPECT_EQ(std::get<Reply>(refusal).refusal.message, "no");
  EXPECT_EQ(std::get<Reply>(refusal).refusal.hint, "ask again");
  EXPECT_EQ(std::get<Reply>(refusal).refusal.diagnostics[0]["pointer"], "/x");
}

TEST(Reply, PassesAnItemOnByteForByte) {
  const std::string item = R"({"z":1,"a":"\u001b","z2":{"b":[]}})";
  const auto reply = parse_reply(item_line(item));
  ASSERT_TRUE(std::holds_alternative<Reply>(reply));
  EXPECT_EQ(std::get<Reply>(reply).kind, Reply::Kind::item);
  EXPECT_EQ(std::get<Reply>(reply).raw, item);
  EXPECT_EQ(std::get<Reply>(reply).value["z"], 1);
}

TEST(Reply, IsNeverTakenWhenItIsNone) {
  EXPECT_TRUE(std::holds_alternative<Refusal>(parse_reply("{}")));
  EXPECT_TRUE(std::holds_alternative<Refusal>(parse_reply("x")));
}

TEST(Reply, SurvivesTextThatIsNotUtf8) {
  EXPECT_TRUE(std::holds_alternative<Reply>(parse_reply(refusal_line({"a\xff", {}, {}}))));
}

}  // namespace
}  // namespace gatehouse::control
