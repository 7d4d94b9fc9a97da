// SPDX-License-Identifier: Apache-2.0
// The daemon in a cgroup with too little memory: what it cannot do it refuses, and when it is killed its sessions stay
// as they were. A test must always leave a daemon that runs outside of that cgroup.
#include <gtest/gtest.h>
#include <signal.h>

#include "world.h"

namespace gatehouse::soak {
namespace {

class Starved : public ::testing::Test {
 protected:
  void SetUp() override {
    daemon().kill();
    daemon().start(cgroup_.path());
    limit("max");
  }
  void TearDown() override {
    limit("max");
    if (daemon().running()) daemon().kill();
    daemon().start();
  }

  static Daemon& daemon() { return Daemon::instance(); }
  // Writing it ends when the memory is there, or whoever had it is killed.
  void limit(const std::string& bytes) { e2e::write_file(cgroup_.path() + "/memory.max", bytes); }
  [[nodiscard]] std::uint64_t used() const {
    return std::stoull(e2e::read_file(cgroup_.path() + "/memory.current"));
  }
  [[nodiscard]] std::string kills() const {
    return e2e::read_file(cgroup_.path() + "/memory.events");
  }

  const e2e::OwnCgroup cgroup_{"soak-daemon"};
};

void expect_enforced(const Ground& ground) {
  const Tally& tally = ground.tally();
  EXPECT_TRUE(passes(tally.denied, 50)) << "it hangs";
  EXPECT_EQ(tally.escaped, 0u);
  EXPECT_EQ(tally.wrong, 0u) << "last error " << tally.last_error;
  EXPECT_EQ(tally.broken, 0u) << "last error " << tally.last_error;
}

TEST_F(Starved, TheDaemonIsKilledOpensNothingAndIsBackWithItsSessions) {
  const Ground ground("starved");
  Player player(ground, "steady-asks", ground.policy(kAsk), 0, 0);
  const Tally& tally = ground.tally();
  ASSERT_TRUE(passes(tally.denied, 10)) << player.err();
  const auto before = used();
  limit("1M");
  ASSERT_TRUE(e2e::eventually([] { return !daemon().running(); }, 60)) << kills();
  expect_enforced(ground);
  // Nor does one start with so little; no command is run without one.
  e2e::Settings settings;
  settings.cgroup = cgroup_.path();
  e2e::Running second({GH_TEST_BINARY, "daemon", "--config", "/run/soak-daemon.json"}, settings);
  const auto ended = second.end(120);
  EXPECT_GT(ended.status, 0) << ended.err;
  const auto refused =
      e2e::run({GH_TEST_BINARY, "--socket", kSocket, "run", "-p", ground.policy(), "--workspace",
                ground.at(""), "--", "/bin/touch", ground.at("ran")});
  EXPECT_EQ(refused.status, 125) << refused.err;
  EXPECT_FALSE(refused.err.empty());
  EXPECT_FALSE(e2e::exists(ground.at("ran"))) << "a command was run unconfined";
  expect_enforced(ground);
  std::printf("daemon: %lu bytes before; a start with 1M ended with %d (%s); run said %s", before,
              ended.status, ended.err.c_str(), refused.err.c_str());
  limit("max");
  daemon().start(cgroup_.path());
  ASSERT_FALSE(session_named(player.name()).is_null()) << daemon().said();
  const auto asked = tally.waiting.load();
  EXPECT_TRUE(e2e::eventually([&] { return answer_all(), tally.waiting >= asked + 3; }, 120))
      << "an ask hangs";
  expect_enforced(ground);
  show("daemon starved", tally);
  EXPECT_TRUE(player.kill()) << "something of it lives on";
}

TEST_F(Starved, APolicyThatFindsNoRoomIsRefusedAndTheOldOneHolds) {
  const Ground ground("crowded");
  Player player(ground, "steady", ground.policy(), 0, 0);
  ASSERT_TRUE(passes(ground.tally().denied, 10)) << player.err();
  // Some megabytes of tables, and only names that nobody uses.
  std::string many;
  for (int i = 0; i < 6000; i++)
    many += R"({ "id": "n)" + std::to_string(i) +
            R"(", "action": "deny", "access": ["read"], "paths": ["/no/where/)" +
            std::to_string(i * 7919) + R"(/**/x*y" ] },)";
  many += R"({ "id": "last", "action": "allow", "access": ["read"], "paths": ["/srv/**"] })";
  control::ReplacePolicy operation;
  operation.session = player.name();
  operation.policy.files = {{"policy.json", e2e::read_file(ground.policy(many, "", "many.json"))}};
  const auto replace = [&]() -> std::string {
    auto client = control::Client::connect(kSocket);
    if (!client) return client.error().what;
    auto reply = client->request(operation);
    if (!reply) return reply.error().what;
    return reply->kind == control::Reply::Kind::result ? "" : reply->refusal.message;
  };
  const auto generation = session_named(player.name()).value("generation", 0);
  limit(std::to_string(used() + (256 << 10)));
  const auto said = replace();
  std::printf("replaced with 256 KB to spare: %s; the daemon %s\n", said.c_str(),
              daemon().running() ? "lives" : "was killed");
  EXPECT_NE(said, "") << "it found room: the policy is too small for this test";
  expect_enforced(ground);
  limit("max");
  daemon().start(cgroup_.path());
  EXPECT_EQ(session_named(player.name()).value("generation", 0), generation);
  EXPECT_EQ(replace(), "");
  EXPECT_GT(session_named(player.name()).value("generation", 0), generation);
  expect_enforced(ground);
  show("policy without room", ground.tally());
  EXPECT_TRUE(player.kill()) << "something of it lives on";
}

}  // namespace
}  // namespace gatehouse::soak
