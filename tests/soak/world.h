// SPDX-License-Identifier: Apache-2.0
// What all soak tests share: a network namespace, listeners outside of sessions, the laid names, and a daemon
// that may be stopped and killed. It must never be made outside of the VM.
#pragma once

#include <signal.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "control/client.h"
#include "e2e/command.h"
#include "races/race.h"

namespace gatehouse::soak {

inline constexpr const char* kSocket = "/run/gatehouse/soak.sock";
inline constexpr const char* kGateCgroup = "/sys/fs/cgroup/gatehouse/soak";
inline constexpr const char* kLogFolder =
    "/run/soak-log";  // a file system of its own, and a small one
inline constexpr const char* kLog = "/run/soak-log/events.jsonl";
// A copy in memory: it is started by the thousand, and the host's files come from far.
inline constexpr const char* kProgram = "/srv/soak/program";
inline constexpr const char* kAgain = "/srv/soak/again";
inline constexpr unsigned kOpenPort = 8001, kShutPort = 8002;

// A rule that asks before asks/ is written to.
inline constexpr const char* kAsk =
    R"({ "id": "asked", "action": "ask", "access": ["write"], "paths": ["${workspace}/asks/**"] })";

// Counts what comes to listeners. One thread, no waiting for peers.
class Ears {
 public:
  explicit Ears(const std::string& ground);
  Ears(const Ears&) = delete;
  ~Ears();
  std::atomic<std::uint64_t> open{0}, shut{0};  // connections and datagrams

 private:
  void listen();

  struct Source {
    int fd;
    bool listens;
    std::atomic<std::uint64_t>* count;
  };
  std::vector<Source> sources_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

// The names of one run below a folder of its own, which the session may change but for `shut`.
class Ground {
 public:
  explicit Ground(const std::string& name);
  Ground(const Ground&) = delete;
  ~Ground();

  [[nodiscard]] const Place& place() const { return place_; }
  [[nodiscard]] std::string at(const std::string& name) const { return place_.at(name); }
  [[nodiscard]] Tally& tally() const { return shared_->tally; }
  [[nodiscard]] Ears& ears() const { return *ears_; }

  // Loads that wait for their limit may begin.
  void set_bounded() const { shared_->bounded = true; }
  // Loads without a limit end.
  void set_enough() const { shared_->enough = true; }

  // A policy file for it; `rules` are added to the filesystem's, `members` to the file's.
  [[nodiscard]] std::string policy(const std::string& rules = "", const std::string& members = "",
                                   const std::string& name = "policy.json") const;
  // Whether all that is denied is as it was.
  [[nodiscard]] bool is_intact() const;
  // Moves open/x to shut/x and back while it lives (parent-move).
  void start_mover();

 private:
  void lay();

  Place place_;
  Shared* shared_;
  std::unique_ptr<Ears> ears_;
  std::atomic<bool> over_{false};
  std::thread mover_;
  std::string kept_;
};

class Daemon {
 public:
  static Daemon& instance();
  void start(const std::string& cgroup = "");  // if it does not run; "": in ours
  void kill();                                 // and waits for its end
  void stop() { running_->signal(SIGSTOP); }
  void go_on() { running_->signal(SIGCONT); }
  void close();  // by SIGTERM; nothing may be left
  [[nodiscard]] bool running() { return running_ && !running_->ended(); }
  [[nodiscard]] pid_t pid() const { return running_->pid(); }
  [[nodiscard]] std::string said() const { return said_ + (running_ ? running_->err() : ""); }

 private:
  Daemon();
  std::unique_ptr<e2e::Running> running_;
  std::string said_;
};

// Asks the daemon, and waits for it. A refusal is null.
control::Json ask(const control::Operation& operation);
control::Json session_named(const std::string& name);

// A race or load in a session of its own, or bare.
class Player {
 public:
  Player(const Ground& ground, const std::string& race, const std::string& policy,
         std::uint64_t tries, double seconds);
  Player(const Player&) = delete;
  ~Player();

  [[nodiscard]] bool ended() { return running_->ended(); }
  [[nodiscard]] e2e::Output end(double seconds) { return running_->end(seconds); }
  [[nodiscard]] std::string cgroup() const;
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::vector<pid_t> tasks() const;  // in the session's cgroup
  // A limit of its cgroup.
  void set(const std::string& file, const std::string& value) const;
  // By `gatehouse kill`; false: something lived on.
  bool kill(double seconds = 60);
  [[nodiscard]] std::string err() const { return running_->err(); }

 private:
  std::string name_, cgroup_;
  std::unique_ptr<e2e::Running> running_;
};

void open_world();
void close_world();

// How long and how much, by --seconds N, GH_SOAK_SECONDS (all together) and GH_SOAK_TRIES (each race).
struct Measure {
  double seconds = 120;
  std::uint64_t tries = 0;
};
Measure& measure();
double race_seconds();
double fault_seconds();

// Waits until a count has risen by so many. False: it hangs.
bool passes(const std::atomic<std::uint64_t>& count, std::uint64_t more, double seconds = 120);

// One line of figures, on standard output.
void show(const std::string& title, const Tally& tally);

}  // namespace gatehouse::soak
