// SPDX-License-Identifier: Apache-2.0
// The world's start and end, the daemon's life, and sessions. It must never talk to a daemon that it did not
// start, nor use an address outside of its network namespace.
#include "world.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "support/one_cpu.h"

namespace gatehouse::soak {
namespace {

constexpr double kLoading =
    900;  // seconds: in an emulated VM at low priority, with others beside it

void require(const std::string& script) {
  const auto ran = e2e::shell(script);
  if (ran.status == 0) return;
  std::fprintf(stderr, "soak_tests: %s: %s\n", script.c_str(), ran.err.c_str());
  std::exit(2);
}

}  // namespace

Measure& measure() {
  static Measure one;
  return one;
}
double race_seconds() { return measure().seconds / 30; }
double fault_seconds() { return measure().seconds / 20; }

bool passes(const std::atomic<std::uint64_t>& count, std::uint64_t more, double seconds) {
  const auto from = count.load();
  return e2e::eventually([&] { return count >= from + more; }, seconds);
}

void show(const std::string& title, const Tally& tally) {
  std::cout << title << ": tries " << tally.tries << ", raced " << tally.raced << ", allowed "
            << tally.allowed << ", denied " << tally.denied << ", ESCAPED " << tally.escaped
            << ", control " << tally.control << ", WRONG " << tally.wrong << ", other "
            << tally.other << ", broken " << tally.broken << ", error " << tally.last_error
            << std::endl;
}

Daemon& Daemon::instance() {
  static auto* const daemon = new Daemon;
  return *daemon;
}

Daemon::Daemon() {
  std::filesystem::create_directories("/run/gatehouse");
  e2e::write_file("/run/soak-daemon.json",
                  std::string("{ \"gate\": \"soak\", \"socket\": \"") + kSocket +
                      "\", \"state\": \"/run/soak-state\", \"audit\": {\"segment_mb\": 16, "
                      "\"keep_mb\": 64}, \"sinks\": [\"jsonl:" +
                      kLog + "\"] }\n");
}

void Daemon::start(const std::string& cgroup) {
  if (running()) return;
  if (running_) said_ += running_->err();
  // As its unit has it.
  e2e::Settings settings;
  settings.cgroup = cgroup;
  running_ =
      std::make_unique<e2e::Running>(e2e::Words{"/usr/bin/nice", "-n", "-10", GH_TEST_BINARY,
                                                "daemon", "--config", "/run/soak-daemon.json"},
                                     settings);
  if (e2e::serves(*running_, kLoading)) return;
  std::fprintf(stderr, "soak_tests: the daemon did not start: %s\n", said().c_str());
  std::exit(2);
}

void Daemon::kill() {
  running_->signal(SIGKILL);
  running_->signal(SIGCONT);
  (void)running_->end(30);
}

void Daemon::close() {
  EXPECT_TRUE(running()) << "the daemon did not live through it: " << said();
  start();
  EXPECT_TRUE(ask(control::Sessions{})["sessions"].empty());
  running_->signal(SIGTERM);
  EXPECT_EQ(running_->end(60).status, 0) << said();
  EXPECT_FALSE(e2e::exists("/sys/fs/bpf/gatehouse/soak")) << "the daemon left its gate";
  EXPECT_FALSE(e2e::exists(kGateCgroup)) << "the daemon left its cgroup";
  if (::testing::UnitTest::GetInstance()->Failed()) std::fputs(said().c_str(), stderr);
}

control::Json ask(const control::Operation& operation) {
  auto client = control::Client::connect(kSocket);
  if (!client) return nullptr;
  auto reply = client->request(operation);
  if (!reply || reply->kind != control::Reply::Kind::result) return nullptr;
  return reply->value;
}

control::Json session_named(const std::string& name) {
  const auto all = ask(control::Sessions{});
  if (all.is_object())
    for (const auto& one : all["sessions"])
      if (one.value("name", "") == name) return one;
  return nullptr;
}

Player::Player(const Ground& ground, const std::string& race, const std::string& policy,
               std::uint64_t tries, double seconds) {
  static int number = 0;
  e2e::Words words;
  if (!policy.empty()) {
    name_ = "soak-" + race + "-" + std::to_string(++number);
    words = {GH_TEST_BINARY, "--socket", kSocket, "run",    "-p",  policy, "--workspace",
             ground.at(""),  "--on-ask", "wait",  "--name", name_, "--"};
  }
  for (const auto& word : {std::string(kProgram), ground.place().directory, ground.at("tally"),
                           std::to_string(kOpenPort), std::to_string(kShutPort),
                           std::to_string(tries), std::to_string(seconds), race})
    words.push_back(word);
  e2e::Settings settings;
  settings.directory = ground.at("");
  running_ = std::make_unique<e2e::Running>(words, settings);
  if (policy.empty()) return;
  control::Json session;
  e2e::eventually(
      [&] {
        session = session_named(name_);
        return !session.is_null() || running_->ended();
      },
      60);
  if (session.is_object()) cgroup_ = session.value("cgroup", "");
}

void Player::set(const std::string& file, const std::string& value) const {
  std::ofstream out(cgroup_ + "/" + file);
  out << value << std::flush;
  ASSERT_TRUE(out.good()) << cgroup_ << "/" << file << " cannot be set to " << value;
}

Player::~Player() {
  if (!name_.empty() && !running_->ended()) kill();
}

std::string Player::cgroup() const { return cgroup_; }

std::vector<pid_t> Player::tasks() const {
  std::vector<pid_t> all;
  std::istringstream lines(e2e::read_file(cgroup_ + "/cgroup.procs"));
  for (pid_t pid = 0; lines >> pid;)
    all.push_back(pid);
  return all;
}

bool Player::kill(double seconds) {
  return e2e::eventually(
      [&] {
        if (session_named(name_).is_object()) (void)ask(control::Kill{name_});
        return running_->ended() && !e2e::exists(cgroup_);
      },
      seconds);
}

void open_world() {
  if (!e2e::exists("/run/gatehouse-vm")) {
    std::fputs("soak_tests: this is not the VM of scripts/vm\n", stderr);
    std::exit(2);
  }
  if (::unshare(CLONE_NEWNET) != 0) std::exit(2);
  require("ip link set lo up");
  require(std::string("mkdir -p /srv/soak ") + kLogFolder +
          " && mount -t tmpfs -o size=400m soak " + kLogFolder +
          " && mount -t tmpfs soak /srv/soak && cp " GH_TEST_PROGRAMS "/soak " + kProgram +
          " && cp " GH_TEST_PROGRAMS "/again " + kAgain);
  const OneCpu alone;
  Daemon::instance().start();
  // Limits on sessions are the runner's; the daemon's cgroup has none by itself.
  require(
      "for c in /sys/fs/cgroup /sys/fs/cgroup/gatehouse /sys/fs/cgroup/gatehouse/soak; do "
      "echo '+pids +memory' > $c/cgroup.subtree_control || exit 1; done");
}

void close_world() {
  Daemon::instance().close();
  ::umount2("/srv/soak", MNT_DETACH);
  ::umount2(kLogFolder, MNT_DETACH);
}

}  // namespace gatehouse::soak
