// SPDX-License-Identifier: Apache-2.0
// One thing that happened, as plain values: told by the kernel or made by the controller. It must
// never hold what was not seen (an empty part is absent), nor text that was made fit for showing.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "shared/abi.h"

namespace gatehouse::events {

using Labels = std::vector<std::pair<std::string, std::string>>;

struct Session {
  std::uint64_t serial = 0;  // 0: the event belongs to no session
  std::string name;
  Labels labels;
  std::string container = {};  // id of the container whose cgroup was attached; empty: none
};

struct Policy {
  std::string name;
  std::uint32_t generation = 0;  // 0: none
};

struct Process {
  std::uint32_t pid = 0;  // 0: the event belongs to no process
  std::uint32_t tid = 0;
  std::uint32_t ppid = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint64_t start =
      0;                // of the thread group's leader, ns since boot: pid + start names a process
  std::string comm;     // bytes, as the kernel keeps them
  std::string exe;      // bytes; empty: not known
  Labels claimed = {};  // what it says of itself: events/claims.h, events/calls.h
};

struct Endpoint {
  std::string protocol;  // tcp, udp, icmp, other
  std::string address;   // without brackets
  std::uint16_t port = 0;
};

struct Object {
  std::string text;  // path: bytes as the kernel resolved them; endpoint: "tcp 192.0.2.1:443";
                     // privilege: its name
  std::optional<Endpoint> endpoint;
  bool cut = false;  // text is the beginning of a longer path
};

struct Rule {
  std::string id;  // empty: no rule applied, or its policy is not known any more
  std::string layer;
  std::string reason;  // what the policy's author gave
};

// What the kernel said of a request.
struct Judged {
  gh_access access = GH_READ;
  Object object;
  std::vector<std::string> argv;  // exec, when the kernel sent it
  gh_verdict verdict = GH_DENY;
  bool audit = false;  // the verdict is what would have been; the request went through
  Rule rule;
  gh_reason reason = GH_REASON_RULE;
};

using ObjectHash = std::array<std::uint64_t, 2>;

// What binds an answer to the thread that waits for it.
struct AskKey {
  ObjectHash object{};
  std::uint64_t thread_start = 0;
  std::uint64_t syscall = 0;
  std::uint32_t pass = 0;
};

struct Decision : Judged {};
struct Ask : Judged {
  AskKey key;
  bool again = false;          // said again, after a restart of the controller
  std::uint64_t approval = 0;  // id of the entry that it waits in; 0: not queued
  std::uint64_t since = 0;     // of its first time, CLOCK_MONOTONIC, ns; 0: not known
};
struct AskGone {
  gh_access access = GH_READ;
  AskKey key;
};
struct Fork {
  std::uint32_t child = 0;
  std::uint64_t child_start = 0;
};
struct Exec {
  Object program;
  std::vector<std::string> argv;
  bool argv_cut = false;
};
struct Exit {
  int status = 0;  // as wait(2) gives it
};
// An agent told of a tool call of its own, by a hook program that it started. What it says of the call stands in
// the process's claims, as in all events that were joined to it: events/calls.h.
struct ToolCall {
  enum class Phase { begin, end, lapsed };  // lapsed: its end was never told
  Phase phase = Phase::begin;
  std::uint32_t hook = 0;  // pid of the child that told; 0: nobody did
  std::uint64_t hook_start = 0;
};
struct SessionStart {
  std::string cgroup;
  std::string workspace;
  std::uint32_t owner = 0;  // uid
  std::vector<std::string> argv;
};
struct SessionEnd {
  std::optional<int> status;  // as wait(2) gives it; nothing for an attached cgroup
  std::string why;            // "exited", "killed", "detached", …
};
struct PolicyPublished {
  std::uint64_t digest = 0;
  std::uint32_t rules = 0;
  std::uint32_t states = 0;
  bool audit = false;
};
// Who answered, by the kernel's word and not by its own.
struct Approver {
  // grant: an answer that this person, or program, gave before
  enum class Kind { person, policy, grant, command, webhook };
  Kind kind = Kind::person;
  std::uint32_t uid = 0;  // of a command: that it ran as
  std::uint32_t pid = 0;
  std::string comm;
  std::string name = {};  // of a command or webhook, as the policy has it
};
struct ApprovalAnswered {
  std::uint64_t approval = 0;
  gh_access access = GH_READ;
  Object object;
  gh_verdict verdict = GH_DENY;
  int scope = GH_SCOPE_ONCE;
  std::uint64_t for_ms = 0;   // 0: no limit but the scope
  std::uint64_t waiting = 0;  // threads that were released
  Approver by;
  std::string message;
  std::uint64_t grant = 0;  // under which it is remembered, or which answered; 0: none
  std::string pattern{};    // of that grant; empty: it is for the object alone
};
// An answer was taken back.
struct GrantRevoked {
  std::uint64_t grant = 0;
  gh_access access = GH_READ;
  Object object;
  gh_verdict verdict = GH_DENY;
  int scope = GH_SCOPE_SESSION;
  Approver by;
  std::string pattern{};
};
struct ApprovalExpired {
  std::uint64_t approval = 0;
  gh_access access = GH_READ;
  Object object;
  gh_verdict verdict = GH_DENY;
  std::uint64_t waiting = 0;
};
// A reviewer has spoken, and the ask goes on: one allow of several, or none.
struct ApprovalReview {
  std::uint64_t approval = 0;
  gh_access access = GH_READ;
  Object object;
  enum class Result { allowed, passed, failed };
  Result result = Result::passed;
  Approver by;
  std::string why;  // of a failure
};
// Numbers of one CPU, past the last.
struct Range {
  std::uint64_t first = 0;
  std::uint64_t past = 0;
};
struct EventsLost {
  std::string ring;  // "events", "asks", "unknown", "skipped", "store", or "sink"
  std::optional<std::uint32_t> cpu;
  std::uint64_t count = 0;
  std::string why;
  std::optional<Range> among = {};  // of the kernel's numbers: the lost ones are among these
};
struct ControllerStart {
  std::string version;
  std::int64_t away_since =
      0;  // ns since 1970: the last that our predecessor recorded; 0: not known
};
struct ControllerStop {
  std::string why;
};
struct ControllerAdopted {
  std::uint64_t sessions = 0;
};

using Body =
    std::variant<Decision, Ask, AskGone, Fork, Exec, Exit, ToolCall, SessionStart, SessionEnd,
                 PolicyPublished, ApprovalAnswered, GrantRevoked, ApprovalExpired, ApprovalReview,
                 EventsLost, ControllerStart, ControllerStop, ControllerAdopted>;

// The kernel's numbering of its own events, per CPU.
struct Origin {
  std::uint64_t seq = 0;
  std::uint32_t cpu = 0;
};

struct Event {
  std::int64_t time = 0;         // ns since 1970; 0: not stamped yet
  std::optional<Origin> origin;  // absent: made by the controller
  Session session;
  Policy policy;
  Process process;
  Body body;
};

// "decision", "ask", …: the event's type in every output.
std::string_view type_word(const Event& event);

}  // namespace gatehouse::events
