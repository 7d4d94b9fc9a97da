// SPDX-License-Identifier: Apache-2.0
// pidfds, start times, signals.
// It must never take a number for a process: numbers are used again.
#include "kernel/process.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <string>

#include "kernel/cgroup.h"
#include "kernel/file.h"

namespace gatehouse::kernel {
namespace {

constexpr std::uint64_t kNsPerTick =
    1'000'000'000 / 100;  // USER_HZ is 100 on every architecture of ours

}  // namespace

std::optional<std::uint64_t> parse_start_ticks(std::string_view stat) {
  const auto name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  stat.remove_prefix(name_end + 1);
  for (int field = 3; field <= 22; field++) {
    const auto at = stat.find(' ');
    if (at == std::string_view::npos) return std::nullopt;
    stat.remove_prefix(at + 1);
  }
  std::uint64_t ticks = 0;
  const auto end = std::from_chars(stat.data(), stat.data() + stat.size(), ticks);
  if (end.ec != std::errc() || end.ptr == stat.data()) return std::nullopt;
  return ticks;
}

bool same_start(std::uint64_t start_ns, std::uint64_t ticks) {
  return start_ns / kNsPerTick == ticks;
}

Result<std::uint64_t> start_ticks(pid_t pid, pid_t tid) {
  auto text = read_file(fmt::format("/proc/{}/task/{}/stat", pid, tid));
  if (!text) {
    if (text.error().code == ENOENT)
      return Error{ESRCH, fmt::format("process {} (thread {}) is gone", pid, tid)};
    return text.take_error();
  }
  const auto ticks = parse_start_ticks(*text);
  if (!ticks) return Error{EPROTO, fmt::format("/proc/{}/stat is not as expected", pid)};
  return *ticks;
}

Result<UniqueFd> open_process(pid_t pid, pid_t tid, std::uint64_t start_ns) {
  UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!fd.valid()) return sys_error(fmt::format("cannot open process {}", pid));
  // Read after opening: if the number was given away before, the start time tells; if later, the pidfd does.
  auto ticks = start_ticks(pid, tid);
  if (!ticks) return ticks.take_error();
  if (!same_start(start_ns, *ticks))
    return Error{ESRCH, fmt::format("process {} is another one now", pid)};
  return fd;
}

Result<void> send_signal(int pidfd, int signal) {
  if (::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) == 0) return {};
  return sys_error("cannot signal a process");
}

Result<pid_t> pid_of(int pidfd) {
  auto text = read_file(fmt::format("/proc/self/fdinfo/{}", pidfd));
  if (!text) return text.take_error();
  const auto at = text->find("\nPid:");
  if (at == std::string::npos) return Error{EBADF, "this descriptor is not a pidfd"};
  const long pid = std::strtol(text->c_str() + at + 5, nullptr, 10);
  if (pid <= 0) return Error{ESRCH, "the process is gone"};
  return static_cast<pid_t>(pid);
}

}  // namespace gatehouse::kernel
