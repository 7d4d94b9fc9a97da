// SPDX-License-Identifier: Apache-2.0
// Starts the agent's first process inside its cgroup, with the terminal, environment and signals that it
// would have had without us. It must never let it run an instruction of its own outside the cgroup.
#pragma once

#include <sys/types.h>

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "kernel/cgroup.h"
#include "sessions/signals.h"

namespace gatehouse::sessions {

struct Launch;

struct Credentials {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
};

struct Command {
  std::vector<std::string> argv;                        // argv[0] is looked up in PATH
  std::optional<std::vector<std::string>> environment;  // "NAME=value"; nothing: ours
  std::string directory;                                // "": ours
  std::optional<Credentials> credentials;               // nothing: ours
  bool keep_fds = false;                                // descriptors above 2 are closed otherwise
  std::array<int, 3> streams = {-1, -1, -1};  // stdin, stdout, stderr, all above 2; -1: ours
  bool own_session = false;                   // apart from our terminal and process group
};

// Both ends above 2, so that a caller without a stdin does not get one of them as a child's.
struct Pipe {
  UniqueFd read, write;
};
Result<Pipe> make_pipe();

// Exit statuses of `run`, as env(1) has them.
inline constexpr int kOwnFailure = 125, kCannotRun = 126, kNotFound = 127;

// Why there is no child: what `run` exits with, and what it says.
struct SpawnFailure {
  int status = kOwnFailure;
  Error error;
};

// A child on its way to its command. Its exec may be asked about and take as long as people take: so
// whoever answers must not wait for it here, but poll started_fd().
class Child {
 public:
  Child() = default;
  Child(Child&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)),
        pidfd_(std::move(other.pidfd_)),
        report_(std::move(other.report_)),
        program_(std::move(other.program_)) {}
  Child& operator=(Child&&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] int pidfd() const { return pidfd_.get(); }
  // Readable once it has executed, failed or died; -1 after started().
  [[nodiscard]] int started_fd() const { return report_.get(); }
  // Waits for that. A failure: the child is reaped, and nothing of the command has run.
  std::optional<SpawnFailure> started();
  Result<void> signal(int number) const;

 private:
  friend class WaitingChild;
  friend struct Launch;
  pid_t pid_ = -1;
  UniqueFd pidfd_, report_;
  std::string program_;
};

// A child that exists and waits: for somebody (a daemon) to move it into its cgroup. It runs nothing but
// that wait. Without release() it ends when this object goes, having executed nothing.
class WaitingChild {
 public:
  WaitingChild(WaitingChild&&) = default;
  WaitingChild& operator=(WaitingChild&&) = delete;
  ~WaitingChild();

  [[nodiscard]] const Child& child() const { return child_; }
  // Lets it execute the command.
  Result<Child> release() &&;

 private:
  friend Result<WaitingChild> spawn_waiting(const Command&, const SignalState&);
  explicit WaitingChild(Child child) : child_(std::move(child)) {}
  Child child_;
  UniqueFd go_;
};

// Errors of both are failures of our own (125): there is no child then.
// Made by clone3 in the cgroup: its exec is the first thing that the session's policy judges. With
// credentials it is moved there after it has taken them, since the policy may refuse the change.
Result<Child> spawn_into(const Command& command, const kernel::Cgroup& cgroup,
                         const SignalState& signals);
Result<WaitingChild> spawn_waiting(const Command& command, const SignalState& signals);

// wait(2)'s status → exit status, as shells have it: 128 + n for signal n.
int exit_status(int wait_status);

}  // namespace gatehouse::sessions
