// SPDX-License-Identifier: Apache-2.0
// What the OTLP sink sends, as OpenTelemetry's own definitions read it. It must never be the judge itself of
// what is OTLP.
#include <gtest/gtest.h>

#include <cstdlib>

#include "receivers.h"
#include "sinks/sinks.h"
#include "unit/sinks/sample_events.h"

namespace gatehouse::telemetry {
namespace {

using e2e::Json;

std::vector<events::Event> all_kinds() {
  auto events = sinks::one_of_each();
  for (auto& event : events) {
    event.time = 1'700'000'000'000'000'001;
    event.session = {3, "s\n\"x\"", {{"team", "a"}, {"container.id", "c"}}};
    event.process = sinks::denied_read("").process;
  }
  for (const gh_verdict verdict : {GH_ALLOW, GH_ASK, GH_DENY, GH_KILL}) {
    auto event = sinks::denied_read("/tmp/\xff\xfe \x01\u202e");
    std::get<events::Decision>(event.body).verdict = verdict;
    std::get<events::Decision>(event.body).argv = {"git", "pu\xffsh"};
    events.push_back(event);
  }
  auto connect = sinks::denied_read("");
  std::get<events::Decision>(connect.body).access = GH_CONNECT;
  std::get<events::Decision>(connect.body).object = {
      "tcp [2001:db8::1]:443", events::Endpoint{"tcp", "2001:db8::1", 443}, false};
  events.push_back(connect);
  return events;
}

TEST(Otlp, IsReadWholeByTheOfficialDefinitions) {
  const e2e::Folder folder("otlp");
  OtlpReceiver receiver;
  ::setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=s%20s", 1);
  const auto events = all_kinds();
  {
    auto sink = sinks::open_sink("otlp:http://127.0.0.1:" + receiver.port(), folder.path());
    ASSERT_TRUE(sink) << sink.error().what;
    for (const auto& event : events)
      (*sink)->write(event);
    ASSERT_TRUE(e2e::eventually([&] { return (*sink)->state().sent == events.size(); }))
        << receiver.said();
    EXPECT_EQ((*sink)->state().lost, 0u);
  }
  ::unsetenv("OTEL_EXPORTER_OTLP_HEADERS");
  const auto requests = receiver.requests();
  ASSERT_FALSE(requests.empty());
  std::size_t records = 0;
  for (const auto& request : requests) {
    EXPECT_FALSE(request.contains("wrong")) << request.dump();
    EXPECT_EQ(request.value("encoding", ""), "gzip");
    EXPECT_EQ(request.value("key", ""), "s s");
    records += request["records"].size();
    for (const auto& record : request["records"])
      EXPECT_TRUE(record.value("eventName", "").starts_with("gatehouse.")) << record.dump();
  }
  EXPECT_EQ(records, events.size());
}

TEST(Otlp, LosesNothingOverAnOutageOfTheReceiver) {
  const e2e::Folder folder("otlp-outage");
  auto receiver = std::make_unique<OtlpReceiver>();
  const auto port = receiver->port();
  auto sink = sinks::open_sink("otlp:http://127.0.0.1:" + port, folder.path());
  ASSERT_TRUE(sink) << sink.error().what;
  const auto put = [&](int count) {
    for (int i = 0; i < count; i++)
      (*sink)->write(sinks::denied_read("/" + std::to_string(i)));
  };
  put(700);
  ASSERT_TRUE(e2e::eventually([&] { return (*sink)->state().sent == 700; }));
  receiver.reset();
  put(3000);
  ASSERT_TRUE(e2e::eventually([&] { return !std::filesystem::is_empty(folder.at("spool")); }));
  receiver = std::make_unique<OtlpReceiver>(port);
  ASSERT_TRUE(e2e::eventually([&] { return (*sink)->state().sent == 3700; }, 60))
      << (*sink)->state().sent;
  EXPECT_EQ((*sink)->state().lost, 0u);
  EXPECT_EQ((*sink)->state().backlog, 0u);
  std::size_t records = 0;
  for (const auto& request : receiver->requests())
    records += request["records"].size();
  EXPECT_EQ(records, 3000u);
}

}  // namespace
}  // namespace gatehouse::telemetry
