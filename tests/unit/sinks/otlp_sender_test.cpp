// SPDX-License-Identifier: Apache-2.0
// The OTLP sink against services that fail in each of the ways there are. A test must never wait for a time:
// it waits for what the service got, or for what the sink counts.
#include "sinks/otlp_sender.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "support/http_service.h"

namespace gatehouse::sinks {
namespace {

using http_test::http;
using http_test::Service;
using std::chrono::milliseconds;

bool eventually(const std::function<bool()>& so) {
  for (int i = 0; i < 3000; i++) {
    if (so()) return true;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return false;
}

class OtlpSenderTest : public ::testing::Test {
 protected:
  OtlpSenderTest() {
    char name[] = "/tmp/gh-otlp-XXXXXX";
    folder_ = ::mkdtemp(name);
    pace_.gather = milliseconds(20);
    pace_.first_pause = milliseconds(20);
    pace_.longest_pause = milliseconds(100);
    pace_.farewell = milliseconds(300);
    pace_.telling = milliseconds(0);
  }
  ~OtlpSenderTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<OtlpSender> sender(std::uint16_t port, std::uint64_t most_spool = 1 << 20,
                                     std::uint64_t timeout_ms = 5000) {
    OtlpConfig config;
    config.service = "http://127.0.0.1:" + std::to_string(port);
    config.url = config.service + "/v1/logs";
    config.gzip = false;
    config.timeout_ms = timeout_ms;
    config.headers = {"api-key: k"};
    auto spool = Spool::open(folder_ + "/spool/otlp", most_spool);
    EXPECT_TRUE(spool) << spool.error().what;
    auto curl = web::load_curl();
    EXPECT_TRUE(curl) << curl.error().what;
    return std::make_unique<OtlpSender>(config, std::move(*spool), *curl, pace_);
  }
  // Record 7 is {"n":7}.
  static void put(OtlpSender& sender, int from, int to) {
    for (int i = from; i < to; i++)
      sender.put("{\"n\":" + std::to_string(i) + "}", false);
  }
  // How often each record arrived in requests that were answered so.
  static std::map<int, int> records(const std::vector<std::string>& requests) {
    std::map<int, int> seen;
    for (const auto& request : requests)
      for (auto at = request.find("{\"n\":"); at != std::string::npos;
           at = request.find("{\"n\":", at + 1))
        seen[std::atoi(&request[at + 5])]++;
    return seen;
  }
  std::string losses(OtlpSender& sender) {
    std::string text;
    while (const auto loss = sender.take_loss())
      text += std::to_string(loss->count) + " " + loss->why + "\n";
    return text;
  }
  // A port at which nobody listens.
  static std::uint16_t closed_port() { return Service({}).port(); }

  std::string folder_;
  OtlpPace pace_;
};

TEST_F(OtlpSenderTest, SendsWholeBatchesWithTheHeadersOfItsConfiguration) {
  Service service({http("200 OK", "{}")}, true);
  pace_.batch = 10;
  {
    const auto otlp = sender(service.port());
    put(*otlp, 0, 25);
    ASSERT_TRUE(eventually([&] { return otlp->state().sent == 25; }));
    EXPECT_EQ(otlp->state().lost, 0u);
    EXPECT_EQ(otlp->state().backlog, 0u);
  }
  const auto requests = service.requests();
  EXPECT_GE(requests.size(), 3u);
  EXPECT_TRUE(requests[0].starts_with("POST /v1/logs HTTP/1.1\r\n"));
  EXPECT_EQ(http_test::header(requests[0], "api-key"), "k");
  EXPECT_EQ(http_test::header(requests[0], "Content-Type"), "application/json");
  const auto seen = records(requests);
  EXPECT_EQ(seen.size(), 25u);
  for (const auto& [n, times] : seen)
    EXPECT_EQ(times, 1) << n;
}

TEST_F(OtlpSenderTest, LosesNothingWhileTheServiceIsAway) {
  const auto port = closed_port();
  const auto otlp = sender(port);
  for (int i = 0; i < 10; i++) {
    put(*otlp, i * 10, i * 10 + 10);
    std::this_thread::sleep_for(milliseconds(30));
  }
  ASSERT_TRUE(eventually([&] { return otlp->state().backlog != 0; }));
  EXPECT_EQ(otlp->state().sent, 0u);
  Service service({http("200 OK", "")}, true, port);
  ASSERT_TRUE(eventually([&] { return otlp->state().sent == 100; }));
  EXPECT_EQ(records(service.requests()).size(), 100u);
  EXPECT_EQ(otlp->state().backlog, 0u);
  EXPECT_EQ(otlp->state().lost, 0u);
}

TEST_F(OtlpSenderTest, LeavesWhatItCannotSendToItsNextLife) {
  const auto port = closed_port();
  {
    const auto otlp = sender(port);
    put(*otlp, 0, 40);
  }
  Service service({http("200 OK", "")}, true, port);
  const auto otlp = sender(port);
  ASSERT_TRUE(eventually([&] { return otlp->state().sent == 40; }));
  EXPECT_EQ(records(service.requests()).size(), 40u);
}

TEST_F(OtlpSenderTest, TriesAgainAfterEachPassingStatus) {
  Service service({http("429 Too Many Requests", "", "Retry-After: 1\r\n"),
                   http("502 Bad Gateway", ""), http("503 Service Unavailable", ""),
                   http("504 Gateway Timeout", ""), http("200 OK", "")});
  const auto otlp = sender(service.port());
  put(*otlp, 0, 5);
  ASSERT_TRUE(eventually([&] { return otlp->state().sent == 5; }));
  EXPECT_EQ(service.requests().size(), 5u);
  EXPECT_EQ(otlp->state().lost, 0u);
  EXPECT_EQ(losses(*otlp), "");
}

TEST_F(OtlpSenderTest, WaitsAsLongAsTheServiceSays) {
  Service service({http("503 Service Unavailable", "", "Retry-After: 600\r\n")}, true);
  const auto otlp = sender(service.port());
  put(*otlp, 0, 5);
  ASSERT_TRUE(eventually([&] { return service.requests().size() == 1 && otlp->state().backlog; }));
  // Its own longest pause is a tenth of a second.
  std::this_thread::sleep_for(milliseconds(500));
  EXPECT_EQ(service.requests().size(), 1u);
}

TEST_F(OtlpSenderTest, DropsAndCountsWhatIsRefusedForGood) {
  Service service({http("400 Bad Request", "no")}, true);
  const auto otlp = sender(service.port());
  put(*otlp, 0, 5);
  ASSERT_TRUE(eventually([&] { return otlp->state().lost == 5; }));
  EXPECT_EQ(losses(*otlp), "5 the OTLP service refused them with HTTP status 400\n");
  EXPECT_EQ(otlp->state().backlog, 0u);
  EXPECT_EQ(service.requests().size(), 1u);
}

TEST_F(OtlpSenderTest, CountsWhatAServiceTookOnlyInPart) {
  Service service({http(
      "200 OK", R"({"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"too old"}})")});
  const auto otlp = sender(service.port());
  put(*otlp, 0, 5);
  ASSERT_TRUE(eventually([&] { return otlp->state().lost == 2; }));
  EXPECT_EQ(otlp->state().sent, 3u);
  EXPECT_EQ(losses(*otlp), "2 the OTLP service rejected them: \"too old\"\n");
}

TEST_F(OtlpSenderTest, CountsWhatTheSpoolHasNoRoomFor) {
  pace_.batch = 10;
  const auto otlp = sender(closed_port(), 2000);
  put(*otlp, 0, 500);
  ASSERT_TRUE(eventually([&] { return otlp->state().lost != 0; }));
  ASSERT_TRUE(eventually([&] { return otlp->state().backlog <= 2000; }));
  const auto told = losses(*otlp);
  EXPECT_NE(told.find("is full"), std::string::npos) << told;
}

TEST_F(OtlpSenderTest, KeepsOnDiskWhatASlowServiceHoldsUp) {
  pace_.batch = 10;
  pace_.most_records = 100;
  Service service({""}, true);  // takes requests and never answers
  const auto otlp = sender(service.port(), 1 << 20, 60'000);
  put(*otlp, 0, 10);
  ASSERT_TRUE(eventually([&] { return service.requests().size() == 1; }));
  const auto on_disk = [&] {
    const auto files = std::filesystem::directory_iterator(folder_ + "/spool/otlp");
    return std::distance(begin(files), end(files));
  };
  for (int round = 0; round < 3; round++) {  // more than there is room for in memory
    const auto before = on_disk();
    put(*otlp, 10 + round * 60, 70 + round * 60);
    ASSERT_TRUE(eventually([&] { return on_disk() > before; }));
  }
  EXPECT_EQ(otlp->state().lost, 0u);
}

TEST_F(OtlpSenderTest, NeverMakesItsCallerWait) {
  pace_.most_records = 100;
  pace_.batch = 1000;
  pace_.gather = milliseconds(60'000);
  const auto otlp = sender(closed_port());
  put(*otlp, 0, 1000);
  EXPECT_EQ(otlp->state().lost, 900u);
  EXPECT_EQ(losses(*otlp), "900 the OTLP sink has no room in memory\n");
  EXPECT_TRUE(otlp->put("{}", true)) << "the word of a loss finds room";
}

TEST_F(OtlpSenderTest, TellsLossesNowAndThenOnly) {
  pace_.most_records = 1;
  pace_.batch = 1000;
  pace_.gather = milliseconds(60'000);
  pace_.telling = milliseconds(60'000);
  const auto otlp = sender(closed_port());
  put(*otlp, 0, 3);
  EXPECT_NE(losses(*otlp), "");
  put(*otlp, 0, 3);
  EXPECT_EQ(losses(*otlp), "");
  EXPECT_EQ(otlp->state().lost, 5u);
}

TEST(SpoolTest, GivesBackTheOldestAndRefusesWhatIsNotAsItWasWritten) {
  char name[] = "/tmp/gh-spool-XXXXXX";
  const std::string folder = ::mkdtemp(name);
  {
    auto spool = Spool::open(folder + "/s", 100);
    ASSERT_TRUE(spool);
    EXPECT_TRUE(spool->add("{\"a\":1}", 3));
    EXPECT_TRUE(spool->add("{\"b\":2}", 4));
    const auto full = spool->add(std::string(90, 'x'), 1);
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code, ENOSPC);
    EXPECT_EQ(spool->bytes(), 14u);
    const auto other = Spool::open(folder + "/s", 100);
    ASSERT_TRUE(other) << "a second process has a folder of its own";
    EXPECT_EQ(other->oldest(), nullptr);
  }
  std::ofstream(folder + "/s/unfinished") << "{half";
  std::ofstream(folder + "/s/000000000002-4.json") << std::string(7, '\0');
  auto spool = Spool::open(folder + "/s", 100);
  ASSERT_TRUE(spool);
  ASSERT_NE(spool->oldest(), nullptr);
  EXPECT_EQ(spool->oldest()->events, 3u);
  EXPECT_EQ(*spool->read(), "{\"a\":1}");
  spool->drop_oldest();
  ASSERT_NE(spool->oldest(), nullptr);
  EXPECT_EQ(spool->oldest()->events, 4u);
  EXPECT_FALSE(spool->read());
  spool->drop_oldest();
  EXPECT_EQ(spool->oldest(), nullptr);
  EXPECT_FALSE(std::filesystem::exists(folder + "/s/unfinished"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace gatehouse::sinks
