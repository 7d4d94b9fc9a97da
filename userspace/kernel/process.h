// SPDX-License-Identifier: Apache-2.0
// One process named so that it cannot be mistaken: by pidfd and start time, never by number alone.
// It must never signal a process before both have been compared.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace gatehouse::kernel {

// Field 22 of /proc/PID/stat (clock ticks since boot), from that file's text. The name in field 2 may
// hold anything, brackets and spaces too.
std::optional<std::uint64_t> parse_start_ticks(std::string_view stat);

// Does a start time in ns (as hooks report it) fall into that tick?
bool same_start(std::uint64_t start_ns, std::uint64_t ticks);

Result<std::uint64_t> start_ticks(pid_t pid, pid_t tid);

// A pidfd of the process that has this number and this start time; ESRCH if there is none (any more).
// Start times are of `tid`, a thread of `pid`; the leader's when both are alike.
Result<UniqueFd> open_process(pid_t pid, pid_t tid, std::uint64_t start_ns);

Result<void> send_signal(int pidfd, int signal);

// The process that a pidfd names, in our pid namespace; ESRCH when it was reaped.
Result<pid_t> pid_of(int pidfd);

}  // namespace gatehouse::kernel
