// SPDX-License-Identifier: Apache-2.0
// The invisible hold under load: eight askers with threads, killed at random, under a controller that is stopped and
// killed. A test must never count a cycle whose asker it did not see in a frozen cgroup of its own.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <thread>

#include "kernel/hold.h"
#include "trouble.h"
#include "world.h"

namespace gatehouse::soak {
namespace {

// The cgroup of a thread that waits alone; empty: it is not in one.
std::string leaf_of(std::uint64_t pid) {
  const std::string id = std::to_string(pid);
  const auto lines = e2e::read_file("/proc/" + id + "/task/" + id + "/cgroup");
  const auto at = lines.find("0::");
  if (at == std::string::npos) return "";
  const auto path = lines.substr(at + 3, lines.find('\n', at) - at - 3);
  return kernel::is_hold(path) ? "/sys/fs/cgroup" + path : "";
}

bool is_frozen(std::uint64_t pid) {
  const auto leaf = leaf_of(pid);
  return !leaf.empty() &&
         e2e::read_file(leaf + "/cgroup.events").find("frozen 1") != std::string::npos;
}

std::vector<std::string> leaves_below(const std::string& cgroup) {
  std::vector<std::string> out;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator at(cgroup, error), end; at != end;
       at.increment(error))
    if (kernel::is_hold(at->path().string())) out.push_back(at->path());
  return out;
}

// Who stands still is answered as the name that it asks for says; who is not frozen in a while was stopped.
class Answering {
 public:
  void turn() {
    const auto all = ask(control::ApprovalsList{});
    if (!all.is_object()) return;
    const auto before = std::exchange(since_, {});
    for (const auto& one : all["approvals"]) {
      const auto id = one.value("id", std::uint64_t{0});
      const auto known = before.find(id);
      const double first = known == before.end() ? now() : known->second;
      const bool frozen = is_frozen(one.value("pid", std::uint64_t{0}));
      if (!frozen && now() - first < kUnfrozen) {
        since_[id] = first;
        continue;
      }
      control::ApprovalsAnswer answer;
      answer.id = id;
      answer.allow = one.value("object", "").find("/yes-") != std::string::npos;
      if (ask(answer).is_object()) (frozen ? frozen_ : stopped_)++;
    }
  }
  // Of a controller that is no more: the next one counts from one again.
  void forget() { since_.clear(); }
  [[nodiscard]] std::uint64_t frozen() const { return frozen_; }
  [[nodiscard]] std::uint64_t stopped() const { return stopped_; }

 private:
  static constexpr double kUnfrozen = 3;  // seconds
  std::map<std::uint64_t, double> since_;
  std::uint64_t frozen_ = 0, stopped_ = 0;
};

TEST(Controller, StoppedAndKilledWhileItFreezesAskersThatAreKilledItLeavesNobodyHeld) {
  constexpr double kHangs = 120;  // seconds
  const std::uint64_t cycles = std::max<std::uint64_t>(measure().tries, 30);
  const Ground ground("frozen");
  const Tally& tally = ground.tally();
  Player player(
      ground, "holds",
      ground.policy(kAsk, R"("approvals": { "hold": "freeze", "on_unattended": "wait" })"), 0, 0);
  Answering answering;
  Trouble trouble;
  const double begun = now(), until = begun + 2 * fault_seconds();
  double next = begun + 2, moved = begun, said = begun;
  std::uint64_t tries = 0;
  while (answering.frozen() < cycles || !trouble.enough() || now() < until) {
    answering.turn();
    if (now() > next) {
      ASSERT_NO_FATAL_FAILURE(trouble.befall(tally.denied, player.name()));
      answering.forget();
      // Seldom, where many cycles are wanted.
      next = now() + trouble.random() % (measure().tries > 1000 ? 60 : 8);
    }
    if (tally.tries != tries) tries = tally.tries, moved = now();
    ASSERT_LT(now() - moved, kHangs) << ask(control::ApprovalsList{}).dump();
    ASSERT_FALSE(player.ended()) << player.err();
    if (now() > said + 60) {
      said = now();
      std::printf("%.0f s: %lu frozen, %lu stopped\n", said - begun, answering.frozen(),
                  answering.stopped());
      std::fflush(stdout);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  // Everybody is answered, and ends by itself.
  ground.set_enough();
  EXPECT_TRUE(e2e::eventually([&] { return answering.turn(), player.ended(); }, kHangs))
      << "an ask hangs: " << ask(control::ApprovalsList{}).dump();
  std::printf("%s; %lu frozen and %lu stopped in %.0f s, %lu askers killed\n",
              trouble.told().c_str(), answering.frozen(), answering.stopped(), now() - begun,
              tally.raced.load());
  show("controller killed while it freezes", tally);
  EXPECT_EQ(player.end(1).status, 0) << player.err();
  EXPECT_EQ(tally.escaped, 0u);
  EXPECT_EQ(tally.wrong, 0u) << tally.last_error;
  EXPECT_EQ(tally.broken, 0u) << tally.last_error;
  EXPECT_GT(tally.allowed, 0u);
  EXPECT_GT(tally.other, 0u);
  EXPECT_GT(tally.raced, 0u);
  EXPECT_TRUE(e2e::eventually([&] { return !e2e::exists(player.cgroup()); }, 60));
  EXPECT_TRUE(leaves_below(kGateCgroup).empty());
  EXPECT_TRUE(ask(control::ApprovalsList{})["approvals"].empty());
}

}  // namespace
}  // namespace gatehouse::soak
