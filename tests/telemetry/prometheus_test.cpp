// SPDX-License-Identifier: Apache-2.0
// Metrics as Prometheus itself reads them: promtool checks the text, a server scrapes it. It must never be the
// judge itself of what is a metric.
#include <gtest/gtest.h>

#include "metrics/counts.h"
#include "metrics/server.h"
#include "metrics/text.h"
#include "receivers.h"
#include "support/http_service.h"
#include "unit/sinks/sample_events.h"

namespace gatehouse::telemetry {
namespace {

const std::string kPrograms =
    std::string(GH_TEST_SOURCE_DIR) + "/build/receivers/prometheus/usr/bin/";

// Every family has a sample.
void count_all(metrics::Counts& counts) {
  for (auto& event : sinks::one_of_each()) {
    event.time = 1;
    event.origin = events::Origin{1, 0};
    if (auto* ask = std::get_if<events::Ask>(&event.body)) ask->approval = 7;
    if (auto* answered = std::get_if<events::ApprovalAnswered>(&event.body)) answered->approval = 7;
    counts.write(event);
  }
  counts.write(sinks::denied_read("/x"));
  auto odd = sinks::denied_read("/x");
  std::get<events::Decision>(odd.body).rule.id = "o\"d\\d\n\xff";
  counts.write(odd);
  metrics::Gauges gauges;
  gauges.sessions = 3;
  gauges.sinks = {{"jsonl", {1, 2, 3}}};
  counts.set(gauges);
}

TEST(Prometheus, FindsNothingWrongWithTheMetrics) {
  metrics::Counts counts;
  count_all(counts);
  e2e::Settings settings;
  settings.input = metrics::prometheus_text(counts.numbers());
  const auto checked = e2e::run({kPrograms + "promtool", "check", "metrics"}, settings);
  EXPECT_EQ(checked.status, 0) << checked.out << checked.err << settings.input;
  EXPECT_EQ(checked.out + checked.err, "");
}

TEST(Prometheus, ScrapesTheMetrics) {
  metrics::Counts counts;
  count_all(counts);
  const e2e::Folder folder("prometheus");
  const auto ours = std::to_string(http_test::Service({}).port());
  const auto theirs = std::to_string(http_test::Service({}).port());
  const auto server = metrics::Server::start(
      "127.0.0.1:" + ours, [&] { return metrics::prometheus_text(counts.numbers()); });
  ASSERT_TRUE(server) << server.error().what;
  e2e::write_file(folder.at("prometheus.yml"),
                  "scrape_configs:\n- job_name: gatehouse\n  scrape_interval: 1s\n"
                  "  static_configs:\n  - targets: ['127.0.0.1:" +
                      ours + "']\n");
  e2e::Running prometheus({kPrograms + "prometheus", "--config.file=" + folder.at("prometheus.yml"),
                           "--storage.tsdb.path=" + folder.at("data"),
                           "--web.listen-address=127.0.0.1:" + theirs});
  const auto value = [&](const std::string& query) -> std::string {
    const auto asked = e2e::run({"curl", "-s", "-G", "--data-urlencode", "query=" + query,
                                 "http://127.0.0.1:" + theirs + "/api/v1/query"});
    const auto json = asked.json();
    if (!json.is_object() || json["data"]["result"].empty()) return "";
    return json["data"]["result"][0]["value"][1];
  };
  ASSERT_TRUE(e2e::eventually([&] { return value("up{job=\"gatehouse\"}") == "1"; }, 60))
      << prometheus.err();
  EXPECT_EQ(value("gatehouse_sessions"), "3");
  EXPECT_EQ(value("gatehouse_rule_decisions_total{rule=\"secrets\"}"), "1");
  EXPECT_EQ(value("sum(gatehouse_decisions_total)"), "3");
  EXPECT_EQ(value("gatehouse_ask_wait_seconds_count"), "1");
  EXPECT_EQ(value("gatehouse_sink_lost_total{kind=\"jsonl\"}"), "2");
}

}  // namespace
}  // namespace gatehouse::telemetry
