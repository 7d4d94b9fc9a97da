// SPDX-License-Identifier: Apache-2.0
// What is counted, how it is written, and where it is served. It must never listen beyond loopback.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>

#include "metrics/address.h"
#include "metrics/counts.h"
#include "metrics/server.h"
#include "metrics/text.h"

namespace gatehouse::metrics {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

events::Event decision(const std::string& rule) {
  events::Event event;
  event.origin = events::Origin{1, 0};
  events::Decision body;
  body.rule = {rule, "layer", ""};
  event.body = body;
  return event;
}

events::Event ask(std::uint64_t approval, std::int64_t time) {
  events::Event event;
  event.time = time;
  event.origin = events::Origin{1, 0};
  events::Ask body;
  body.approval = approval;
  event.body = body;
  return event;
}

events::Event answer(std::uint64_t approval, std::int64_t time) {
  events::Event event;
  event.time = time;
  events::ApprovalAnswered body;
  body.approval = approval;
  body.verdict = GH_ALLOW;
  event.body = body;
  return event;
}

bool has(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(Counts, CountDecisionsByVerdictAndRule) {
  Counts counts;
  counts.write(decision("secrets"));
  counts.write(decision("secrets"));
  counts.write(decision(""));
  const auto text = prometheus_text(counts.numbers());
  EXPECT_TRUE(has(text,
                  "gatehouse_decisions_total{verdict=\"deny\",access=\"read\",reason=\"rule\","
                  "audit=\"false\"} 3"))
      << text;
  EXPECT_TRUE(has(
      text, "gatehouse_rule_decisions_total{layer=\"layer\",rule=\"secrets\",verdict=\"deny\"} 2"));
  EXPECT_TRUE(has(text, "gatehouse_events_total{type=\"decision\"} 3"));
  EXPECT_TRUE(has(text, "gatehouse_ring_events_total{ring=\"events\"} 3"));
  EXPECT_TRUE(has(text, "gatehouse_build_info{version=\"" GH_VERSION "\"} 1"));
}

TEST(Counts, DoNotGrowWithTheRulesThatPoliciesHave) {
  Counts counts;
  for (std::size_t i = 0; i < 2 * Counts::kMostRules; i++)
    counts.write(decision("rule-" + std::to_string(i)));
  const auto numbers = counts.numbers();
  EXPECT_LE(numbers.rules.size(), Counts::kMostRules + 4);
  EXPECT_EQ(numbers.rules.at({"", "(other)", GH_DENY}), Counts::kMostRules);
}

TEST(Counts, MeasureAQuestionFromItsFirstAskToItsAnswer) {
  Counts counts;
  counts.write(ask(7, 10 * kSecond));
  counts.write(ask(7, 12 * kSecond));  // another thread, the same question
  counts.write(answer(7, 13 * kSecond));
  counts.write(answer(8, 13 * kSecond));  // never seen
  const auto text = prometheus_text(counts.numbers());
  EXPECT_TRUE(has(text, "gatehouse_ask_wait_seconds_bucket{le=\"1\"} 0")) << text;
  EXPECT_TRUE(has(text, "gatehouse_ask_wait_seconds_bucket{le=\"5\"} 1"));
  EXPECT_TRUE(has(text, "gatehouse_ask_wait_seconds_bucket{le=\"+Inf\"} 1"));
  EXPECT_TRUE(has(text, "gatehouse_ask_wait_seconds_count 1"));
  EXPECT_TRUE(has(text, "gatehouse_ask_wait_seconds_sum 3"));
  EXPECT_TRUE(has(text, "gatehouse_answers_total{verdict=\"allow\",by=\"person\"} 2"));
  EXPECT_TRUE(has(text, "gatehouse_asks_total{access=\"read\"} 2"));
}

TEST(Counts, TellWhatSinksHaveSentAndLost) {
  Counts counts;
  Gauges gauges;
  gauges.sessions = 2;
  gauges.sinks = {{"jsonl", {5, 1, 0}}, {"jsonl", {9, 0, 77}}};
  counts.set(gauges);
  events::Event lost;
  lost.body = events::EventsLost{"asks", 1, 4, "full"};
  counts.write(lost);
  const auto text = prometheus_text(counts.numbers());
  EXPECT_TRUE(has(text, "gatehouse_sessions 2"));
  EXPECT_TRUE(has(text, "gatehouse_sink_lost_total{sink=\"0\",kind=\"jsonl\"} 1"));
  EXPECT_TRUE(has(text, "gatehouse_sink_backlog_bytes{sink=\"1\",kind=\"jsonl\"} 77"));
  EXPECT_TRUE(has(text, "gatehouse_events_lost_total{ring=\"asks\"} 4"));
  EXPECT_TRUE(has(text, "gatehouse_events_lost_total{ring=\"sink\"} 0"));
}

TEST(Counts, KeepLabelsWhole) {
  Counts counts;
  counts.write(decision("a\"b\\c\nd\xff"));
  const auto text = prometheus_text(counts.numbers());
  const auto at = text.find("rule=\"a\\\"b");
  ASSERT_NE(at, std::string::npos) << text;
  EXPECT_EQ(text.substr(at, text.find('\n', at) - at).find('\xff'), std::string::npos);
  EXPECT_NE(text.find("verdict=\"deny\"} 1\n", at), std::string::npos);
}

std::string wrong(const std::string& address) {
  const auto fd = listen_at(address);
  return fd ? "" : fd.error().what;
}

TEST(Address, IsLoopbackOrASocketAndNothingElse) {
  EXPECT_EQ(wrong("127.0.0.1:0"), "");
  for (const char* bad : {"0.0.0.0:9464", "192.0.2.1:1", "[::]:9464", "localhost:9464", "9464",
                          "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", ""})
    EXPECT_NE(wrong(bad).find("127.0.0.1:9464"), std::string::npos) << bad;
  EXPECT_NE(wrong("unix:metrics").find("absolute"), std::string::npos);
  EXPECT_NE(wrong("unix:/" + std::string(200, 'x')), "");
}

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() { folder_ = ::mkdtemp(name_); }
  ~ServerTest() override {
    ::unlink(path().c_str());
    ::rmdir(folder_.c_str());
  }
  [[nodiscard]] std::string path() const { return folder_ + "/m"; }
  [[nodiscard]] std::string ask_for(const std::string& line) const {
    const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    path().copy(address.sun_path, sizeof(address.sun_path) - 1);
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return "";
    const std::string request = line + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    (void)!::write(fd.get(), request.data(), request.size());
    std::string text;
    char buffer[4096];
    for (ssize_t got; (got = ::read(fd.get(), buffer, sizeof buffer)) > 0;)
      text.append(buffer, static_cast<std::size_t>(got));
    return text;
  }
  char name_[32] = "/tmp/gh-metrics-XXXXXX";
  std::string folder_;
};

TEST_F(ServerTest, AnswersForMetricsOnly) {
  {
    auto server = Server::start("unix:" + path(), [] { return "gatehouse_x 1\n"; });
    ASSERT_TRUE(server) << server.error().what;
    struct stat info {};
    ASSERT_EQ(::stat(path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0660u);
    const auto metrics = ask_for("GET /metrics");
    EXPECT_TRUE(metrics.starts_with("HTTP/1.1 200")) << metrics;
    EXPECT_NE(metrics.find("text/plain; version=0.0.4"), std::string::npos);
    EXPECT_TRUE(metrics.ends_with("\r\n\r\ngatehouse_x 1\n"));
    EXPECT_TRUE(ask_for("GET /").starts_with("HTTP/1.1 404"));
    EXPECT_TRUE(ask_for("DELETE /metrics").starts_with("HTTP/1.1 405"));
    EXPECT_TRUE(ask_for("rubbish").starts_with("HTTP/1.1 4"));
  }
  EXPECT_NE(::access(path().c_str(), F_OK), 0) << "the socket is left";
}

TEST_F(ServerTest, LeavesAFileThatIsNoSocketAlone) {
  std::ofstream(path()) << "mine";
  const auto server = Server::start("unix:" + path(), [] { return std::string(); });
  ASSERT_FALSE(server);
  EXPECT_NE(server.error().what.find("no socket"), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::metrics
