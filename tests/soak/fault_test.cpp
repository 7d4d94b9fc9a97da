// SPDX-License-Identifier: Apache-2.0
// Too much of something: processes, memory, asks, events, bytes on a disk. Whatever runs out, a test must see
// that enforcement held, that every loss was counted, and that nothing was left hanging.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <chrono>
#include <filesystem>
#include <sstream>
#include <thread>

#include "record.h"
#include "world.h"

namespace gatehouse::soak {
namespace {

void expect_enforced(const Ground& ground) {
  const Tally& tally = ground.tally();
  EXPECT_EQ(tally.escaped, 0u);
  EXPECT_EQ(tally.wrong, 0u) << "last error " << tally.last_error;
  EXPECT_TRUE(ground.is_intact());
}

// `name` of a file such as memory.events; 0: not there.
std::uint64_t line_of(const std::string& file, const std::string& name) {
  std::istringstream lines(e2e::read_file(file));
  std::string word;
  for (std::uint64_t value = 0; lines >> word >> value;)
    if (word == name) return value;
  return 0;
}

// Until the log has stood still for longer than the controller takes to tell of a loss.
void settle() {
  std::uintmax_t size = 0;
  int still = 0;
  EXPECT_TRUE(e2e::eventually(
      [&] {
        const auto now = std::filesystem::file_size(kLog);
        still = now == size ? still + 1 : 0;
        size = now;
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
        return still >= 8;
      },
      120))
      << "the log never stands still";
}

TEST(Fault, AForkBombEndsAtItsLimitAndNothingInItGetsThrough) {
  const Ground ground("bomb");
  Player player(ground, "forks", ground.policy(), 0, 0);
  player.set("pids.max", "60");
  ground.set_bounded();
  ASSERT_TRUE(passes(ground.tally().raced, 500)) << player.err();
  ASSERT_TRUE(passes(ground.tally().denied, 2000));
  EXPECT_GT(line_of(player.cgroup() + "/pids.events", "max"), 0u);
  EXPECT_GE(ground.tally().tasks, 40u);
  show("fork bomb", ground.tally());
  expect_enforced(ground);
  EXPECT_TRUE(player.kill()) << "something of it lives on";
  EXPECT_TRUE(Daemon::instance().running());
}

TEST(Fault, MemoryThatRunsOutInTheSessionKillsWhoEatsItAndOpensNothing) {
  const Ground ground("memory");
  Player player(ground, "eaters", ground.policy(), 0, 0);
  player.set("memory.max", "12M");
  ground.set_bounded();
  EXPECT_TRUE(e2e::eventually(
      [&] { return line_of(player.cgroup() + "/memory.events", "oom_kill") >= 3; }, 120));
  const auto denied = ground.tally().denied.load();
  EXPECT_GT(denied, 100u);
  show("memory of the session", ground.tally());
  expect_enforced(ground);
  EXPECT_TRUE(player.kill());
}

TEST(Fault, EventsThatFindNoRoomWhileTheDaemonIsStoppedAreCountedEachOfThem) {
  const Ground ground("ring");
  constexpr std::uint64_t kMany = 20'000;
  // Losses are told a moment after they happened: those of the test before must not count as ours.
  settle();
  const auto lost_before = record_of().lost;
  Player player(ground, "steady", ground.policy(), 0, 0);  // it goes on beside the other
  Player flooding(ground, "flood", ground.policy(), 0, 0);
  ASSERT_TRUE(passes(ground.tally().denied, 10));
  Daemon::instance().stop();
  EXPECT_TRUE(passes(ground.tally().denied, kMany, 300)) << "it hangs while the daemon is stopped";
  Daemon::instance().go_on();
  EXPECT_TRUE(flooding.kill());
  EXPECT_TRUE(player.kill());
  const auto denied = ground.tally().denied.load();
  Record record;
  EXPECT_TRUE(e2e::eventually(
      [&] {
        record = record_of(ground.place().shut("f"));
        record.lost -= lost_before;
        return record.refusals + record.lost >= denied;
      },
      30))
      << record.refusals << " told, " << record.lost << " lost, of " << denied;
  std::printf("ring full: %lu refused, %lu told, %lu lost\n", denied, record.refusals, record.lost);
  // Other events than refusals may be among the lost: forks and ends of a few processes.
  EXPECT_LE(record.refusals + record.lost, denied + 100);
  EXPECT_GT(record.lost_by["events"], 0u) << "the ring was never full";
  EXPECT_EQ(record.lost_by["unknown"], 0u);
  EXPECT_EQ(record.broken, 0u);
  expect_enforced(ground);
}

TEST(Fault, AFullDiskLosesLinesThatAreCountedAndNothingElse) {
  const Ground ground("disk");
  constexpr std::uint64_t kSpace = 256 << 10;
  const std::string filler = std::string(kLogFolder) + "/filler";
  struct statvfs room = {};
  ASSERT_EQ(::statvfs(kLogFolder, &room), 0);
  const auto free = static_cast<std::uint64_t>(room.f_bavail) * room.f_bsize;
  ASSERT_GT(free, kSpace);
  e2e::write_file(filler, std::string(free - kSpace, 'x'));
  Player player(ground, "flood", ground.policy(), 6000, 0);
  const auto ended = player.end(300);
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ground.tally().denied, 6000u);
  EXPECT_TRUE(Daemon::instance().running());
  EXPECT_FALSE(ask(control::Status{}).is_null()) << "the daemon does not answer with a full disk";
  std::filesystem::remove(filler);
  Record record;
  EXPECT_TRUE(e2e::eventually(
      [&] {
        // Any event brings the count along.
        (void)Player(ground, "flood", ground.policy(), 1, 0).end(60);
        record = record_of(ground.place().shut("f"));
        return record.lost_by["sink"] > 0;
      },
      60));
  std::printf("disk full: %lu refused, %lu told, %lu lost to the sink, %lu to the ring\n",
              ground.tally().denied.load(), record.refusals, record.lost_by["sink"],
              record.lost_by["events"]);
  EXPECT_GT(record.refusals, 10u);
  EXPECT_GE(record.refusals + record.lost, ground.tally().denied);
  EXPECT_EQ(record.broken, 0u) << "half a line was left";
  expect_enforced(ground);
}

}  // namespace
}  // namespace gatehouse::soak
