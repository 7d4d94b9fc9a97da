// SPDX-License-Identifier: Apache-2.0
// The daemon in a cgroup with too little memory: when it is killed its sessions stay as they were, and nothing is
// begun without one. A test must always leave a daemon that runs outside of that cgroup.
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
  Player player(ground, "steady", ground.policy(), 0, 0);
  ASSERT_TRUE(passes(ground.tally().denied, 10)) << player.err();
  limit("1M");
  ASSERT_TRUE(e2e::eventually([] { return !daemon().running(); }, 60)) << kills();
  expect_enforced(ground);
  // Nor does one start with so little; no command is run without one.
  e2e::Settings settings;
  settings.cgroup = cgroup_.path();
  e2e::Running second({GH_TEST_BINARY, "daemon", "--config", "/run/soak-daemon.json"}, settings);
  EXPECT_GT(second.end(120).status, 0);
  const auto refused =
      e2e::run({GH_TEST_BINARY, "--socket", kSocket, "run", "-p", ground.policy(), "--workspace",
                ground.at(""), "--", "/bin/touch", ground.at("ran")});
  EXPECT_EQ(refused.status, 125) << refused.err;
  EXPECT_FALSE(refused.err.empty());
  EXPECT_FALSE(e2e::exists(ground.at("ran"))) << "a command was run unconfined";
  expect_enforced(ground);
  limit("max");
  daemon().start(cgroup_.path());
  control::Json all;
  EXPECT_TRUE(e2e::eventually(
      [&] {
        all = ask(control::Sessions{});
        return !session_named(player.name()).is_null();
      },
      60))
      << player.name() << " is not among " << all.dump() << "\n"
      << daemon().said() << player.err();
  expect_enforced(ground);
  EXPECT_TRUE(player.kill()) << "something of it lives on";
}

}  // namespace
}  // namespace gatehouse::soak
