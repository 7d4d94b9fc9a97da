// SPDX-License-Identifier: Apache-2.0
// Events as log records of OpenTelemetry, name by name. It must never build an expected record with the
// encoder under test; the telemetry tests hold them against OpenTelemetry's own definitions.
#include "sinks/otlp_record.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "sample_events.h"

namespace gatehouse::sinks {
namespace {

using Json = nlohmann::json;

Json record(const events::Event& event) { return Json::parse(otlp_record(event, 5)); }

Json attribute(const Json& record, const std::string& name) {
  for (const auto& one : record["attributes"])
    if (one["key"] == name) return one["value"];
  return nullptr;
}

Json text(const std::string& value) { return {{"stringValue", value}}; }
Json number(const std::string& digits) { return {{"intValue", digits}}; }

TEST(OtlpRecord, NamesADenialByTheConventions) {
  const Json json = record(denied_read("/home/dev/.ssh/id"));
  EXPECT_EQ(json["timeUnixNano"], "1700000000123456789");
  EXPECT_EQ(json["observedTimeUnixNano"], "5");
  EXPECT_EQ(json["severityNumber"], 13);
  EXPECT_EQ(json["severityText"], "WARN");
  EXPECT_EQ(json["eventName"], "gatehouse.decision");
  EXPECT_EQ(json["body"], text("deny read /home/dev/.ssh/id cat[100] (secrets: credentials)"));
  EXPECT_EQ(attribute(json, "process.pid"), number("100"));
  EXPECT_EQ(attribute(json, "thread.id"), number("101"));
  EXPECT_EQ(attribute(json, "process.parent_pid"), number("99"));
  EXPECT_EQ(attribute(json, "process.executable.name"), text("cat"));
  EXPECT_EQ(attribute(json, "process.executable.path"), text("/bin/cat"));
  EXPECT_EQ(attribute(json, "process.real_user.id"), number("1000"));
  EXPECT_EQ(attribute(json, "user.id"), text("1000"));
  EXPECT_EQ(attribute(json, "file.path"), text("/home/dev/.ssh/id"));
  EXPECT_EQ(attribute(json, "gatehouse.access"), text("read"));
  EXPECT_EQ(attribute(json, "gatehouse.verdict"), text("deny"));
  EXPECT_EQ(attribute(json, "gatehouse.reason"), text("rule"));
  EXPECT_EQ(attribute(json, "gatehouse.rule.id"), text("secrets"));
  EXPECT_EQ(attribute(json, "gatehouse.session.id"), number("3"));
  EXPECT_EQ(attribute(json, "gatehouse.session.name"), text("night-shift"));
  EXPECT_EQ(attribute(json, "gatehouse.session.labels.team"), text("a"));
  EXPECT_EQ(attribute(json, "gatehouse.policy.name"), text("coding-agent"));
}

TEST(OtlpRecord, KeepsBytesThatAreNoText) {
  const Json json = record(denied_read("/tmp/\xff"));
  EXPECT_EQ(attribute(json, "file.path"), text("/tmp/\xef\xbf\xbd"));
  EXPECT_EQ(attribute(json, "file.path_bytes"), Json({{"bytesValue", "L3RtcC//"}}));
}

TEST(OtlpRecord, TellsTheSideOfAnEndpoint) {
  events::Event event = denied_read("");
  auto& decision = std::get<events::Decision>(event.body);
  decision.access = GH_CONNECT;
  decision.object = {"tcp 192.0.2.1:443", events::Endpoint{"tcp", "192.0.2.1", 443}, false};
  Json json = record(event);
  EXPECT_EQ(attribute(json, "network.transport"), text("tcp"));
  EXPECT_EQ(attribute(json, "server.address"), text("192.0.2.1"));
  EXPECT_EQ(attribute(json, "server.port"), number("443"));
  EXPECT_EQ(attribute(json, "file.path"), nullptr);
  decision.access = GH_BIND;
  json = record(event);
  EXPECT_EQ(attribute(json, "network.local.address"), text("192.0.2.1"));
  EXPECT_EQ(attribute(json, "server.address"), nullptr);
  decision.access = GH_ACCEPT;
  EXPECT_EQ(attribute(record(event), "client.port"), number("443"));
}

TEST(OtlpRecord, TellsTheContainerOfItsSession) {
  auto event = denied_read("/x");
  EXPECT_TRUE(attribute(record(event), "container.id").is_null());
  event.session.labels.emplace_back("container.id", "of-the-label");
  EXPECT_EQ(attribute(record(event), "container.id"), text("of-the-label"));
  event.session.container = "3f4e0c1d";
  EXPECT_EQ(attribute(record(event), "container.id"), text("3f4e0c1d"));
}

TEST(OtlpRecord, BelongsToTheTraceThatItsProcessNames) {
  auto event = denied_read("/x");
  EXPECT_FALSE(record(event).contains("traceId"));
  event.process.claimed = {
      {"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}};
  const auto joined = record(event);
  EXPECT_EQ(joined["traceId"], "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(joined["spanId"], "00f067aa0ba902b7");
  EXPECT_EQ(joined["flags"], 1);
  EXPECT_FALSE(attribute(joined, "gatehouse.claimed.traceparent").is_null());
}

TEST(OtlpRecord, NamesTheClaimedToolCallAsTheConventionsDoAndMarksItAsClaimed) {
  auto event = denied_read("/x");
  event.process.claimed = {{"tool_call_id", "toolu_1"},
                           {"conversation_id", "c-1"},
                           {"subagent_id", "s"},
                           {"tool_name", "Bash"}};
  const auto joined = record(event);
  for (const auto& [ours, theirs] : {std::pair("tool_call_id", "gen_ai.tool.call.id"),
                                     {"conversation_id", "gen_ai.conversation.id"},
                                     {"subagent_id", "gen_ai.agent.id"},
                                     {"tool_name", "gen_ai.tool.name"}}) {
    EXPECT_FALSE(attribute(joined, theirs).is_null()) << theirs;
    EXPECT_EQ(attribute(joined, theirs),
              attribute(joined, std::string("gatehouse.claimed.") + ours));
  }
  event.process.claimed = {{"tool_call_candidates", "toolu_1 toolu_2"}};
  EXPECT_TRUE(attribute(record(event), "gen_ai.tool.call.id").is_null()) << "it is not known which";
}

TEST(OtlpRecord, OfEachTypeNamesNothingTwice) {
  for (auto& event : one_of_each()) {
    event.session = {3, "s", {{"a", "b"}}};
    event.process = denied_read("").process;
    std::set<std::string> names;
    const Json json = record(event);
    for (const auto& one : json["attributes"])
      EXPECT_TRUE(names.insert(one["key"].get<std::string>()).second)
          << one["key"] << " in " << json.dump();
    EXPECT_EQ(json["eventName"], "gatehouse." + std::string(events::type_word(event)));
    EXPECT_NE(json["body"]["stringValue"], "");
  }
}

TEST(OtlpRecord, OfALossIsAnError) {
  events::Event event;
  event.body = events::EventsLost{"sink", std::nullopt, 3, "full"};
  EXPECT_EQ(record(event)["severityNumber"], 17);
}

TEST(OtlpRequest, HoldsTheSenderAndItsRecords) {
  const Json json =
      Json::parse(otlp_request({{"service.name", "g\"h"}}, {"{\"a\":1}", "{\"b\":2}"}));
  const auto& logs = json["resourceLogs"][0];
  EXPECT_EQ(logs["resource"]["attributes"][0]["value"], text("g\"h"));
  EXPECT_EQ(logs["scopeLogs"][0]["scope"]["name"], "gatehouse");
  EXPECT_EQ(logs["scopeLogs"][0]["logRecords"].size(), 2u);
}

}  // namespace
}  // namespace gatehouse::sinks
