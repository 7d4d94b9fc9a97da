// SPDX-License-Identifier: Apache-2.0
// Written and read back. It must never spell out a line: what is written is the same after being read, and
// that holds for every type that there is.
#include "reading/event_json.h"

#include <gtest/gtest.h>

#include "sample.h"
#include "sinks/jsonl.h"

namespace gatehouse::reading {
namespace {

std::string again(const events::Event& event) {
  const auto back = event_from_json(Json::parse(sinks::jsonl(event)));
  return back ? sinks::jsonl(*back) : "nothing came back";
}

template <std::size_t... I>
void expect_types_to_come_back(std::index_sequence<I...>) {
  (
      [] {
        auto event = at_process(7, 12345678901234567890ull, 3);
        event.body.emplace<I>();
        EXPECT_EQ(again(event), sinks::jsonl(event));
      }(),
      ...);
}

TEST(EventJson, EveryTypeIsTheSameAfterBeingReadBack) {
  expect_types_to_come_back(std::make_index_sequence<std::variant_size_v<events::Body>>{});
}

TEST(EventJson, BytesThatAreNoTextComeBackAsTheyWere) {
  auto event = decided(GH_UNIX, std::string("@a\0\xff", 4), GH_DENY, "r");
  event.process.exe = "/bin/\xfe";
  event.session.labels = {{"team", "a"}, {"bytes", "\xff"}};
  event.session.container = "0f1e";
  event.process.claimed = {{"trace", "00-\xfe"}};
  event.policy = {"p\xff", 9};
  event.origin = events::Origin{7, 1};
  auto& decision = std::get<events::Decision>(event.body);
  decision.argv = {"a", "\xff\n"};
  decision.audit = true;
  decision.object.cut = true;
  const auto back = event_from_json(Json::parse(sinks::jsonl(event)));
  ASSERT_TRUE(back);
  EXPECT_EQ(std::get<events::Decision>(back->body).object.text, std::string("@a\0\xff", 4));
  EXPECT_EQ(sinks::jsonl(*back), sinks::jsonl(event));
}

TEST(EventJson, EndpointsAndAnswersKeepTheirParts) {
  auto event = at_process(1, 2);
  events::ApprovalAnswered body;
  body.object.text = "tcp 192.0.2.1:443";
  body.object.endpoint = events::Endpoint{"tcp", "192.0.2.1", 443};
  body.access = GH_CONNECT;
  body.verdict = GH_ALLOW;
  body.by = {events::Approver::Kind::command, 5, 0, "", "triage"};
  body.message = "fine\x1b";
  body.grant = 4;
  event.body = body;
  EXPECT_EQ(again(event), sinks::jsonl(event));
}

TEST(EventJson, AToolCallKeepsItsPhaseItsHookAndWhatIsClaimed) {
  auto event = at_process(1, 2);
  event.process.claimed = {{"tool_call_id", "toolu_1"}, {"conversation_id", "c"}};
  event.body = events::ToolCall{events::ToolCall::Phase::end, 7, 12345678901234567890ull};
  EXPECT_EQ(again(event), sinks::jsonl(event));
}

TEST(EventJson, WhatAStoreAddsIsPassedOverAndNothingIsMadeOfOtherTypes) {
  auto line = Json::parse(sinks::jsonl(decided(GH_READ, "/a", GH_DENY)));
  const auto before = line.dump();
  line["record"] = 17;
  line["chain"] = "00ff";
  const auto back = event_from_json(line);
  ASSERT_TRUE(back);
  EXPECT_EQ(sinks::jsonl(*back), before);
  EXPECT_FALSE(event_from_json(Json{{"type", "of-tomorrow"}}));
  EXPECT_FALSE(event_from_json(Json::array()));
  EXPECT_TRUE(event_from_json(Json{{"type", "decision"}, {"pid", "x"}, {"argv", 3}}));
}

}  // namespace
}  // namespace gatehouse::reading
