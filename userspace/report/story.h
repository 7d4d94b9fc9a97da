// SPDX-License-Identifier: Apache-2.0
// One session as its events tell it, gathered in one pass for a page that people read. It must never grow with
// the session's length: each list has a limit, and what did not fit is counted.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "events/event.h"

namespace gatehouse::report {

struct ProcessSeen {
  std::uint32_t pid = 0;
  std::uint64_t start = 0;
  std::int64_t began = 0, ended = 0;  // 0: not told
  std::optional<int> status;          // as wait(2) gives it
  std::vector<std::string> argv;
  std::string program;  // or its name
  std::uint64_t denials = 0;
  std::vector<std::size_t> children;
  bool has_parent = false;
  std::string call;   // "call X", "call X or Y": that it belongs to, by its agent's word
  bool hook = false;  // it, or one above it, told of a tool call
};

// A tool call, by its agent's word.
struct CallSeen {
  std::string id, conversation, tool;
  std::int64_t began = 0, ended = 0;  // 0: not told
  bool lapsed = false;
  std::uint64_t denials = 0;
};

struct FileSeen {
  std::set<gh_access> accesses;
  std::uint64_t times = 0;
};

struct HostSeen {
  std::set<gh_access> accesses;
  std::uint64_t allowed = 0, denied = 0, asked = 0;
};

struct CommandSeen {
  std::uint64_t times = 0, denied = 0;
};

struct AskSeen {
  std::uint64_t id = 0;
  std::int64_t asked = 0, closed = 0;
  gh_access access = GH_READ;
  std::string object;
  std::vector<std::string> argv;
  events::Rule rule;
  std::string comm;
  std::optional<gh_verdict> verdict;
  std::string by;  // who answered; "": nobody has
  std::string scope, message;
  bool expired = false, gone = false;
  std::uint64_t reviews = 0;
};

struct DenialKey {
  std::string rule, layer, why;  // why: the rule's reason, or what the kernel said
  bool audit = false;
  auto operator<=>(const DenialKey&) const = default;
};
struct DenialSeen {
  std::uint64_t times = 0;
  bool kill = false;
  std::map<std::string, std::uint64_t> objects;  // "read /path"
  std::uint64_t other_objects = 0;               // did not fit
};

struct LossSeen {
  std::string ring, why;
  std::uint64_t count = 0;
};

// Counts over time: as many as fit, each twice as long when the session outgrows them.
class Histogram {
 public:
  static constexpr std::size_t kBuckets = 120;
  void add(std::int64_t time, bool denied);
  struct Bucket {
    std::uint32_t all = 0, denied = 0;
  };
  [[nodiscard]] const std::array<Bucket, kBuckets>& buckets() const { return buckets_; }
  [[nodiscard]] std::int64_t first() const { return first_; }
  [[nodiscard]] std::int64_t width() const { return width_; }  // ns of one bucket

 private:
  std::array<Bucket, kBuckets> buckets_{};
  std::int64_t first_ = 0, width_ = 1'000'000;
};

class Story {
 public:
  static constexpr std::size_t kMostProcesses = 20'000, kMostFiles = 20'000, kMostHosts = 5'000,
                               kMostCommands = 5'000, kMostAsks = 5'000, kMostDenials = 1'000,
                               kMostObjects = 200, kMostCalls = 5'000;

  void take(const events::Event& event);

  std::uint64_t serial = 0;
  std::string name, workspace, policy, mode, why_ended;
  events::Labels labels;
  std::vector<std::string> argv;
  std::optional<std::uint32_t> owner;  // uid
  std::optional<int> status;
  bool started = false, ended = false;
  std::int64_t first = 0, last = 0;
  std::uint64_t events = 0, decisions = 0, allowed = 0, denied = 0, would = 0, execs = 0;
  std::uint64_t policies = 0;      // published
  std::uint64_t earlier_runs = 0;  // under the same name and id, which are not shown
  std::uint64_t unread = 0;        // lines, as the reader counted

  std::vector<ProcessSeen> processes;
  std::map<std::string, FileSeen> files;
  std::map<std::string, HostSeen> hosts, sockets;
  std::map<std::string, CommandSeen> commands;
  std::vector<AskSeen> asks;
  std::vector<CallSeen> calls;
  std::map<DenialKey, DenialSeen> denials;
  std::vector<LossSeen> losses;
  std::map<std::string, std::uint64_t> privileges;
  Histogram histogram;

  // What did not fit.
  std::uint64_t more_processes = 0, more_files = 0, more_hosts = 0, more_commands = 0,
                more_asks = 0, more_denials = 0, more_calls = 0;

 private:
  std::size_t process_of(std::uint32_t pid, std::uint64_t start);
  void note(const events::Event& event, const events::Decision& decision);
  void note(const events::Event& event, const events::Ask& ask);
  void note(const events::Event& event, const events::Fork& fork);
  void note(const events::Event& event, const events::Exec& exec);
  void note(const events::Event& event, const events::Exit& exit);
  void note(const events::Event& event, const events::ToolCall& told);
  void note(const events::Event& event, const events::SessionStart& start);
  void note(const events::Event& event, const events::SessionEnd& end);
  void note(const events::Event& event, const events::PolicyPublished& published);
  void note(const events::Event& event, const events::ApprovalAnswered& answered);
  void note(const events::Event& event, const events::ApprovalExpired& expired);
  void note(const events::Event& event, const events::ApprovalReview& review);
  void note(const events::Event& event, const events::EventsLost& lost);
  template <typename Other>
  void note(const events::Event&, const Other&) {}
  AskSeen* ask_of(std::uint64_t id);
  CallSeen* call_of(const events::Event& event);
  void refused(const events::Event& event, const events::Decision& decision);

  std::map<std::pair<std::uint32_t, std::uint64_t>, std::size_t> process_numbers_;
  std::map<std::uint64_t, std::size_t> ask_numbers_;
  std::map<std::pair<std::string, std::string>, std::size_t> call_numbers_;  // conversation, id
};

inline constexpr std::size_t kNoProcess = static_cast<std::size_t>(-1);

}  // namespace gatehouse::report
