// SPDX-License-Identifier: Apache-2.0
// SIGTERM, patience, cgroup.kill, then the entries in reverse order of admission.
// It must never signal by number: each process is opened, then looked for in the cgroup, then signalled.
#include "sessions/ending.h"

#include <fmt/format.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "base/quote.h"
#include "kernel/file.h"
#include "kernel/process.h"

namespace gatehouse::sessions {
namespace {

using kernel::Cgroup;
using kernel::Milliseconds;

constexpr std::size_t kNames = 5;

std::string name_of(pid_t pid) {
  auto text = kernel::read_file(fmt::format("/proc/{}/comm", pid));
  if (!text) return fmt::format("process {}", pid);
  text->erase(std::remove(text->begin(), text->end(), '\n'), text->end());
  return fmt::format("{} ({})", visible(*text), pid);
}

// Between opening and signalling nothing can slip in: what the pidfd names was in the cgroup just now.
bool terminate(const Cgroup& cgroup, pid_t pid) {
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process.valid()) return false;
  const auto held = cgroup.holds(pid);
  if (!held || !*held) return false;
  return kernel::send_signal(process.get(), SIGTERM).has_value() &&
         kernel::send_signal(process.get(), SIGCONT).has_value();
}

// True: empty.
Result<bool> wait_empty(const Cgroup& cgroup, Milliseconds limit, const EndOptions& options) {
  constexpr Milliseconds kStep{50};
  for (Milliseconds waited{0};; waited += kStep) {
    auto empty = cgroup.wait_empty(std::min(kStep, std::max(limit - waited, Milliseconds(0))));
    if (!empty || *empty || waited >= limit) return empty;
    if (options.meanwhile) options.meanwhile();
  }
}

// Those that somebody moved out of the cgroup. Opened, then looked for again, then killed.
Result<void> kill_strays(const kernel::Admission& admission,
                         const kernel::AdmittedSession& session) {
  for (int tries = 0; tries < 100; tries++) {
    auto before = admission.strays(session);
    if (!before) return before.take_error();
    if (before->empty()) return {};
    std::map<pid_t, UniqueFd> opened;
    for (const pid_t pid : *before)
      opened[pid] = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    auto after = admission.strays(session);
    if (!after) return after.take_error();
    for (const pid_t pid : *after)
      if (const auto found = opened.find(pid); found != opened.end() && found->second.valid())
        (void)kernel::send_signal(found->second.get(), SIGKILL);
    ::usleep(20000);
  }
  return Error{ETIMEDOUT,
               "a process that was moved out of its session's cgroup does not end; it "
               "stays enforced"};
}

// Who waits for an answer cannot end before it has one, nor who is frozen for it.
Result<void> let_go(const Cgroup& cgroup, std::uint64_t serial, kernel::Answers& answers) {
  if (auto released = answers.release_all(serial); !released) return released.take_error();
  if (auto thawed = kernel::thaw_holds(cgroup); !thawed) spdlog::warn("{}", thawed.error().what);
  return {};
}

}  // namespace

std::string describe(const Leftovers& leftovers) {
  if (leftovers.asked == 0) return "";
  std::string text =
      leftovers.asked == 1
          ? "1 process was left and has been ended: "
          : fmt::format("{} processes were left and have been ended: ", leftovers.asked);
  for (std::size_t i = 0; i < leftovers.names.size(); i++)
    text += (i == 0 ? "" : ", ") + leftovers.names[i];
  if (leftovers.asked > leftovers.names.size()) text += ", …";
  if (leftovers.killed != 0) text += fmt::format(" ({} by force)", leftovers.killed);
  return text;
}

Result<Leftovers> end_processes(const Cgroup& cgroup, std::uint64_t serial,
                                kernel::Answers& answers, const EndOptions& options) {
  Leftovers left;
  auto populated = cgroup.populated();
  if (!populated) return populated.take_error();
  if (!*populated) return left;
  if (auto thawed = cgroup.thaw(); !thawed) return thawed.take_error();
  auto pids = cgroup.processes();
  if (!pids) return pids.take_error();
  for (const pid_t pid : *pids) {
    std::string name = name_of(pid);
    if (!terminate(cgroup, pid)) continue;
    left.asked++;
    if (left.names.size() < kNames) left.names.push_back(std::move(name));
  }
  if (auto gone = let_go(cgroup, serial, answers); !gone) return gone.take_error();
  auto empty = wait_empty(cgroup, options.patience, options);
  if (!empty) return empty.take_error();
  if (*empty) return left;
  if (pids = cgroup.processes(); pids) left.killed = static_cast<unsigned>(pids->size());
  if (auto killed = cgroup.kill(); !killed) return killed.take_error();
  empty = wait_empty(cgroup, options.limit, options);
  if (!empty) return empty.take_error();
  if (!*empty)
    return Error{ETIMEDOUT,
                 cgroup.path() + " holds a process that does not end; it stays enforced"};
  return left;
}

Result<Leftovers> end_session(const Cgroup& cgroup, const kernel::AdmittedSession& session,
                              kernel::Admission& admission, kernel::Publisher& publisher,
                              kernel::Answers& answers, const EndOptions& options) {
  Leftovers left;
  if (options.own_cgroup) {
    auto ended = end_processes(cgroup, session.serial, answers, options);
    if (!ended) return ended;
    left = std::move(*ended);
    if (auto killed = kill_strays(admission, session); !killed) return killed.take_error();
  } else if (auto gone = let_go(cgroup, session.serial, answers); !gone) {
    return gone.take_error();
  }
  if (auto removed = admission.remove(session); !removed) return removed.take_error();
  if (auto retired = publisher.retire(session.policy); !retired)
    spdlog::warn("{}", retired.error().what);
  if (auto forgotten = answers.forget(session.serial); !forgotten)
    spdlog::warn("{}", forgotten.error().what);
  if (options.own_cgroup) {
    if (auto removed = cgroup.remove(Milliseconds(1000)); !removed) return removed.take_error();
  }
  return left;
}

}  // namespace gatehouse::sessions
