// SPDX-License-Identifier: Apache-2.0
// Fires every hook of a gate once: a child in a session that refuses everything tries what the hook guards.
// It must never call a hook good whose program did not run, or whose operation went through.
#pragma once

#include <vector>

#include "base/result.h"
#include "kernel/enforcement.h"
#include "kernel/probe.h"

namespace gatehouse::kernel {

// One state per program of the gate, in its order; the gate must have no other session. An error when the
// trial could not even be made. Leaves no session, cgroup or file.
Result<std::vector<HookState>> fire_hooks(Enforcement& gate);

// What one shot tells. `expected`: the errno of a refusal, 0 where the hook only watches.
HookState judge_shot(const Program& program, bool ran, int expected, int got);

}  // namespace gatehouse::kernel
