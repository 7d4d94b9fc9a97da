// SPDX-License-Identifier: Apache-2.0
// What the shared daemon's sinks bring of a real session to where people look. A test must never count on
// events of other sessions; tests/telemetry holds the formats against other people's readers.
#include <gtest/gtest.h>
#include <signal.h>

#include "outlets.h"
#include "sinks/sinks.h"
#include "support/http_service.h"

namespace gatehouse::e2e {
namespace {

// The value of an attribute; null: it has none.
Json otlp_attribute(const Json& record, const std::string& name) {
  for (const auto& one : record["attributes"])
    if (one.value("key", "") == name) return one["value"].begin().value();
  return nullptr;
}

std::vector<Json> otlp_records(const std::vector<std::string>& requests,
                               const std::string& session) {
  std::vector<Json> found;
  for (const auto& request : requests) {
    const auto body = Json::parse(request.substr(request.find("\r\n\r\n") + 4), nullptr, false);
    if (!body.is_object()) continue;
    for (const auto& record : body["resourceLogs"][0]["scopeLogs"][0]["logRecords"])
      if (otlp_attribute(record, "gatehouse.session.name") == session) found.push_back(record);
  }
  return found;
}

TEST(Telemetry, BringsASessionToACollectorThatComesLater) {
  const Folder folder("otlp"), outside("otlp-outside");
  const auto policy = policy_in(folder);
  const auto ran =
      run(run_words(policy, {"sh", "-c", ": > " + outside.at("no")}, {"--name", "sent"}));
  EXPECT_NE(ran.status, 0);
  ASSERT_TRUE(no_session_named("sent"));
  ASSERT_TRUE(eventually(
      [] { return read_file(Host::instance().events_file()).find("sent") != std::string::npos; }));
  // Only now: until then it was away, and all was kept.
  http_test::Service collector({http_test::http("200 OK", "{}")}, true, kOtlpPort);
  std::vector<Json> records;
  const auto have = [&](const std::string& name) {
    for (const auto& record : records)
      if (record.value("eventName", "") == "gatehouse." + name) return true;
    return false;
  };
  ASSERT_TRUE(eventually(
      [&] {
        records = otlp_records(collector.requests(), "sent");
        return have("session-end");
      },
      90))
      << Host::instance().said();
  EXPECT_TRUE(have("session-start"));
  EXPECT_TRUE(have("exec"));
  ASSERT_TRUE(have("decision"));
  for (const auto& record : records) {
    if (record.value("eventName", "") != "gatehouse.decision") continue;
    EXPECT_EQ(otlp_attribute(record, "file.path"), outside.at("no"));
    EXPECT_EQ(otlp_attribute(record, "gatehouse.verdict"), "deny");
    EXPECT_EQ(record.value("severityText", ""), "WARN");
  }
}

TEST(Telemetry, CountsForPrometheus) {
  const Folder folder("counted"), outside("counted-outside");
  const auto policy = policy_in(
      folder, R"({ "id": "counted-rule", "action": "deny", "access": ["read"], "paths": [")" +
                  outside.at("**") + R"("] })");
  write_file(outside.at("secret"), "x");
  Running ran(run_words(policy, {"sh", "-c", "cat " + outside.at("secret") + "; sleep 60"},
                        {"--name", "counted"}));
  const auto scrape = [] {
    return run({"curl", "-s", "--unix-socket", metrics_socket(Host::instance().socket()),
                "http://localhost/metrics"})
        .out;
  };
  std::string text;
  ASSERT_TRUE(eventually([&] {
    text = scrape();
    return text.find("rule=\"counted-rule\",verdict=\"deny\"} 1\n") != std::string::npos &&
           text.find("gatehouse_sessions 0\n") == std::string::npos;
  })) << text;
  EXPECT_NE(text.find("gatehouse_sink_events_total{sink=\"0\",kind=\"jsonl\"}"), std::string::npos);
  ran.signal(SIGTERM);
  EXPECT_EQ(ran.end().status, 143);
  EXPECT_TRUE(no_session_named("counted"));
}

// What a sink hands to journald, as the machine's own journalctl finds it again.
TEST(Telemetry, IsFoundAgainByJournalctl) {
  Running journald({"/lib/systemd/systemd-journald"});
  ASSERT_TRUE(eventually([] { return exists("/run/systemd/journal/socket"); }, 60))
      << journald.err();
  events::Event event;
  event.time = 1'700'000'000'123'456'789;
  event.session = {3, "kept", {{"team", "a"}}};
  events::Decision decision;
  decision.object.text = "/tmp/two\nlines";
  decision.rule = {"secrets", "layer", "credentials"};
  event.body = decision;
  {
    auto sink = sinks::open_sink("journald:");
    ASSERT_TRUE(sink) << sink.error().what;
    (*sink)->write(event);
    event.session.labels = {{"large", std::string(300'000, 'x')}};  // goes as a file
    (*sink)->write(event);
    EXPECT_EQ((*sink)->state().sent, 2u);
  }
  std::vector<Json> entries;
  ASSERT_TRUE(eventually(
      [&] {
        entries =
            json_lines(run({"journalctl", "--no-pager", "--all", "-o", "json", "-t", "gatehouse",
                            "GATEHOUSE_SESSION_NAME=kept", "GATEHOUSE_RULE=secrets"})
                           .out);
        return entries.size() == 2;
      },
      60));
  EXPECT_EQ(entries[0].value("GATEHOUSE_OBJECT", ""), "/tmp/two\nlines");
  EXPECT_EQ(entries[0].value("PRIORITY", ""), "4");
  EXPECT_EQ(entries[0].value("GATEHOUSE_SESSION_LABELS_TEAM", ""), "a");
  EXPECT_EQ(entries[0].value("GATEHOUSE_TIME", ""), "2023-11-14T22:13:20.123456789Z");
  EXPECT_EQ(entries[1].value("GATEHOUSE_SESSION_LABELS_LARGE", "").size(), 300'000u);
  journald.signal(SIGTERM);
  EXPECT_EQ(journald.end(30).status, 0);
}

}  // namespace
}  // namespace gatehouse::e2e
