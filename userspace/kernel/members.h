// SPDX-License-Identifier: Apache-2.0
// Who belongs to a session for life, read and changed by the kernel's task iterator (bpf/hooks/members.bpf.c).
// It must never be used from two threads of one gate: a sweep's parameters lie in shared memory.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "kernel/enforcement.h"

namespace gatehouse::kernel {

// Marks every task that is in the cgroup of this session now, which is admitted. Those that they start
// meanwhile are marked by the fork hooks.
Result<void> label_members(Enforcement& gate, std::uint64_t serial);
// The processes of the session, wherever they were moved.
Result<std::vector<pid_t>> list_members(Enforcement& gate, std::uint64_t serial);
// From then on they are judged by nobody, unless their cgroup says otherwise.
Result<void> release_members(Enforcement& gate, std::uint64_t serial);

}  // namespace gatehouse::kernel
