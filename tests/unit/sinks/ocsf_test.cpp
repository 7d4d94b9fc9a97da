// SPDX-License-Identifier: Apache-2.0
// The numbers that a SIEM's rules hang on, spelled out. It must never look for a member that the schema lacks: the
// telemetry tests hold every event against the published one.
#include "sinks/ocsf.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sample_events.h"

namespace gatehouse::sinks {
namespace {

using Json = nlohmann::json;

Json line(const events::Event& event) { return Json::parse(ocsf(event, "build-7")); }

Json decided(gh_access access, gh_verdict verdict = GH_DENY, bool audit = false) {
  events::Event event = denied_read("/srv/app/.env");
  auto& decision = std::get<events::Decision>(event.body);
  decision.access = access;
  decision.verdict = verdict;
  decision.audit = audit;
  return line(event);
}

TEST(Ocsf, OfADenialIsABlockedFileActivity) {
  const Json json = decided(GH_READ);
  EXPECT_EQ(json["class_uid"], 1001);
  EXPECT_EQ(json["category_uid"], 1);
  EXPECT_EQ(json["activity_id"], 2);
  EXPECT_EQ(json["type_uid"], 100102);
  EXPECT_EQ(json["time"], 1'700'000'000'123);
  EXPECT_EQ(json["severity_id"], 3);
  EXPECT_EQ(json["action_id"], 2);
  EXPECT_EQ(json["disposition_id"], 2);
  EXPECT_EQ(json["is_alert"], true);
  EXPECT_EQ(json["firewall_rule"]["uid"], "secrets");
  EXPECT_EQ(json["policy"]["name"], "coding-agent");
  EXPECT_EQ(json["file"]["path"], "/srv/app/.env");
  EXPECT_EQ(json["file"]["name"], ".env");
  EXPECT_EQ(json["actor"]["process"]["pid"], 100);
  EXPECT_EQ(json["actor"]["user"]["uid"], "1000");
  EXPECT_EQ(json["actor"]["session"]["uid"], "3");
  EXPECT_EQ(json["device"]["hostname"], "build-7");
  EXPECT_EQ(json["metadata"]["version"], "1.7.0");
  EXPECT_EQ(json["metadata"]["product"]["name"], "Gatehouse");
  EXPECT_EQ(json["metadata"]["labels"], Json({"team=a"}));
  EXPECT_EQ(json["unmapped"]["gatehouse"]["seq"], 7);
}

TEST(Ocsf, ChoosesClassAndActivityByAccess) {
  const std::vector<std::pair<gh_access, int>> expected = {
      {GH_CREATE, 100101}, {GH_WRITE, 100103},   {GH_DELETE, 100104}, {GH_METADATA, 100106},
      {GH_EXEC, 100701},   {GH_CONNECT, 400101}, {GH_SEND, 400106},   {GH_BIND, 400107},
      {GH_LISTEN, 400107}, {GH_ACCEPT, 400101},  {GH_UNIX, 400101},   {GH_PRIVILEGE, 100304}};
  for (const auto& [access, type] : expected)
    EXPECT_EQ(decided(access)["type_uid"], type) << access;
}

TEST(Ocsf, TellsWhatTheControlDid) {
  EXPECT_EQ(decided(GH_READ, GH_ALLOW)["action_id"], 1);
  EXPECT_EQ(decided(GH_READ, GH_ALLOW)["is_alert"], false);
  EXPECT_EQ(decided(GH_READ, GH_DENY, true)["action_id"], 3);
  EXPECT_EQ(decided(GH_READ, GH_DENY, true)["disposition_id"], 15);
  EXPECT_EQ(decided(GH_READ, GH_KILL)["severity_id"], 4);
  events::Event event = denied_read("");
  event.body = events::Ask{};
  EXPECT_EQ(line(event)["disposition_id"], 23);
  event.body = events::ApprovalAnswered{7,
                                        GH_READ,
                                        {"/x", {}, false},
                                        GH_ALLOW,
                                        GH_SCOPE_ONCE,
                                        0,
                                        1,
                                        {events::Approver::Kind::person, 1000, 7, "bash"},
                                        "",
                                        0};
  const Json answered = line(event);
  EXPECT_EQ(answered["class_uid"], 3004);
  EXPECT_EQ(answered["disposition_id"], 8);
  EXPECT_EQ(answered["actor"]["user"]["uid"], "1000");
  EXPECT_EQ(answered["entity"]["uid"], "7");
}

TEST(Ocsf, NamesBothSidesOfAConnection) {
  events::Event event = denied_read("");
  auto& decision = std::get<events::Decision>(event.body);
  decision.access = GH_CONNECT;
  decision.object = {"tcp [2001:db8::1]:443", events::Endpoint{"tcp", "2001:db8::1", 443}, false};
  const Json json = line(event);
  EXPECT_EQ(json["dst_endpoint"], Json({{"ip", "2001:db8::1"}, {"port", 443}}));
  EXPECT_EQ(json["src_endpoint"], Json({{"hostname", "build-7"}}));
  EXPECT_EQ(json["connection_info"],
            Json({{"direction_id", 2}, {"protocol_name", "tcp"}, {"protocol_ver_id", 6}}));
  decision.access = GH_ACCEPT;
  EXPECT_EQ(line(event)["src_endpoint"]["ip"], "2001:db8::1");
}

TEST(Ocsf, OfAnExitHasTheStatusThatAShellWouldShow) {
  events::Event event = denied_read("");
  event.body = events::Exit{7 << 8};
  EXPECT_EQ(line(event)["exit_code"], 7);
  event.body = events::Exit{9};
  EXPECT_EQ(line(event)["exit_code"], 137);
}

}  // namespace
}  // namespace gatehouse::sinks
