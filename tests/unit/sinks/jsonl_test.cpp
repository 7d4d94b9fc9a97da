// SPDX-License-Identifier: Apache-2.0
// The lines that other people's programs read, spelled out. It must never build an expected line with
// the encoder under test.
#include "sinks/jsonl.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sample_events.h"

namespace gatehouse::sinks {
namespace {

using namespace events;

TEST(Jsonl, WritesADecisionWithItsMembersInOrder) {
  EXPECT_EQ(
      jsonl(denied_read("/home/dev/.ssh/id")),
      R"({"time":"2023-11-14T22:13:20.123456789Z","type":"decision","seq":7,"cpu":1,)"
      R"("session":{"id":3,"name":"night-shift","labels":{"team":"a"}},)"
      R"("policy":{"name":"coding-agent","generation":9},)"
      R"("pid":100,"tid":101,"ppid":99,"start":"123456789","uid":1000,"gid":1001,"comm":"cat",)"
      R"("exe":"/bin/cat","access":"read","object":"/home/dev/.ssh/id","verdict":"deny",)"
      R"("rule":"secrets","layer":"coding-agent","rule_reason":"credentials","reason":"rule",)"
      R"("detail":"a rule of the policy"})");
}

TEST(Jsonl, LeavesOutWhatIsNotThere) {
  Event event;
  event.body = ControllerStop{"asked to"};
  EXPECT_EQ(
      jsonl(event),
      R"({"time":"1970-01-01T00:00:00.000000000Z","type":"controller-stop","why":"asked to"})");
}

TEST(Jsonl, ShowsAnEndpointInParts) {
  Event event = denied_read("");
  auto& decision = std::get<Decision>(event.body);
  decision.access = GH_CONNECT;
  decision.object = {"tcp [::1]:443", Endpoint{"tcp", "::1", 443}, false};
  const auto json = nlohmann::json::parse(jsonl(event));
  EXPECT_EQ(json["object"], "tcp [::1]:443");
  EXPECT_EQ(json["address"], "::1");
  EXPECT_EQ(json["port"], 443);
}

TEST(Jsonl, MarksAuditAndCutPaths) {
  Event event = denied_read("/long");
  std::get<Decision>(event.body).audit = true;
  std::get<Decision>(event.body).object.cut = true;
  const auto json = nlohmann::json::parse(jsonl(event));
  EXPECT_EQ(json["audit"], true);
  EXPECT_EQ(json["object_cut"], true);
}

TEST(Jsonl, TellsWhichReviewerFailedAndWhy) {
  Event event;
  event.body = ApprovalReview{4,
                              GH_EXEC,
                              {"/bin/git", {}, false},
                              ApprovalReview::Result::failed,
                              {Approver::Kind::command, 1000, 0, {}, "triage"},
                              "exit status 3"};
  const auto json = nlohmann::json::parse(jsonl(event));
  EXPECT_EQ(json["type"], "approval-review");
  EXPECT_EQ(json["result"], "failed");
  EXPECT_EQ(json["by"], "command");
  EXPECT_EQ(json["by_name"], "triage");
  EXPECT_EQ(json["why"], "exit status 3");
  EXPECT_FALSE(json.contains("by_pid"));
}

TEST(Jsonl, TellsWhoAnswered) {
  Event event;
  event.body = ApprovalAnswered{4,
                                GH_EXEC,
                                {"/bin/git", {}, false},
                                GH_ALLOW,
                                GH_SCOPE_PROCESS,
                                600000,
                                2,
                                {Approver::Kind::person, 1000, 55, "bash"},
                                "go on"};
  const auto json = nlohmann::json::parse(jsonl(event));
  EXPECT_EQ(json["approval"], 4);
  EXPECT_EQ(json["scope"], "process");
  EXPECT_EQ(json["by_uid"], 1000);
  EXPECT_EQ(json["by_comm"], "bash");
  EXPECT_EQ(json["for_ms"], 600000);
  EXPECT_EQ(json["message"], "go on");
}

TEST(Jsonl, TellsHowAProcessEnded) {
  Event event;
  event.body = Exit{9};
  EXPECT_EQ(nlohmann::json::parse(jsonl(event))["signal"], 9);
  event.body = Exit{3 << 8};
  EXPECT_EQ(nlohmann::json::parse(jsonl(event))["exit_code"], 3);
}

TEST(Jsonl, IsAlwaysOneLineOfParsableJsonWhateverTheBytesAre) {
  std::string all;
  for (int byte = 1; byte < 256; ++byte) {
    all += static_cast<char>(byte);
  }
  Event event = denied_read(all);
  event.process.comm = all;
  event.session.name = all;
  event.session.labels = {{all, all}};
  std::get<Decision>(event.body).argv = {all};
  const std::string line = jsonl(event);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_TRUE(nlohmann::json::accept(line));
}

TEST(Jsonl, EncodesEveryTypeOfEvent) {
  for (const Event& event : one_of_each()) {
    const auto json = nlohmann::json::parse(jsonl(event));
    EXPECT_EQ(json["type"], std::string(type_word(event)));
  }
}

}  // namespace
}  // namespace gatehouse::sinks
