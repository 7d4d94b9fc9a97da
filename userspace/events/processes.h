// SPDX-License-Identifier: Apache-2.0
// Who runs what: the processes of all sessions as fork, exec and exit events tell it, with /proc
// for those that were there before. It must never mix two processes that had the same pid, nor grow
// freely.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "events/calls.h"
#include "events/event.h"

namespace gatehouse::events {

struct Program {
  std::uint32_t pid = 0;
  std::uint64_t start = 0;  // ns since boot; 0: not known
  std::uint32_t ppid = 0;
  std::string exe;                // bytes
  std::vector<std::string> argv;  // bytes
  std::string cwd;                // bytes; only from /proc
  Labels claimed = {};  // its own words; a child has its parent's until it starts a program
  Labels called =
      {};  // the tool call that it belongs to, by its agent's word; a child has its parent's
};

// Where a process that no event told of is looked up.
class ProcessSource {
 public:
  ProcessSource() = default;
  ProcessSource(const ProcessSource&) = delete;
  ProcessSource& operator=(const ProcessSource&) = delete;
  virtual ~ProcessSource() = default;
  [[nodiscard]] virtual std::optional<Program> read(std::uint32_t pid) const = 0;
  // What it claims; nothing when its environment cannot be read, or begins after what is looked at.
  [[nodiscard]] virtual std::optional<Labels> claims(std::uint32_t) const { return std::nullopt; }
};

class Processes {
 public:
  static constexpr std::size_t kMostLive = 65536;
  static constexpr std::size_t kMostGone = 1024;  // kept for the chains of their children
  static constexpr std::size_t kMostLinks = 32;   // length of a chain

  explicit Processes(const ProcessSource& source, std::size_t most_live = kMostLive)
      : source_(source), most_live_(most_live) {}

  // Learns from fork, exec and exit; others tell at most who the parent is.
  void learn(const Event& event);
  // Puts what is known of the event's process into it (exe).
  void fill(Event& event);

  // The process, its parent, and so on up: what is known of each, with the directory that it is in now.
  std::vector<Program> chain(const Process& process);

  // Tool calls, as agents tell of them: what they start from then on is joined.
  Calls& calls() { return calls_; }
  // The process so many generations above, and the one between: as the forks told it, and only if all of them
  // were in that session.
  struct Above {
    Process process;  // claims what its own environment does
    std::uint32_t child = 0;
    std::uint64_t child_start = 0;
  };
  std::optional<Above> above(std::uint32_t pid, std::uint64_t generations, std::uint64_t session);

  [[nodiscard]] std::size_t size() const { return live_.size() + gone_.size(); }

 private:
  struct Entry {
    Program program;
    std::uint64_t parent_start = 0;
    bool gone = false;
    std::uint64_t session = 0;  // serial, as a fork told it; 0: not known
    Process seen = {};          // when it forked last
  };

  Entry* find(std::uint32_t pid, std::uint64_t start);
  Entry* find_or_read(std::uint32_t pid, std::uint64_t start);
  Entry* put(Entry entry);
  void retire(std::uint32_t pid, std::uint64_t start);

  const ProcessSource& source_;
  Calls calls_;
  std::size_t most_live_;
  std::unordered_map<std::uint32_t, Entry> live_;  // by pid
  std::deque<Entry> gone_;                         // newest last
};

// /proc of this host.
class ProcFs : public ProcessSource {
 public:
  [[nodiscard]] std::optional<Program> read(std::uint32_t pid) const override;
  [[nodiscard]] std::optional<Labels> claims(std::uint32_t pid) const override;
};

}  // namespace gatehouse::events
