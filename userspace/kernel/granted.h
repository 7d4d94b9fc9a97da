// SPDX-License-Identifier: Apache-2.0
// What lies in the kernel about asks and answers, read back and taken back. It must never write an answer:
// that is for Answers alone.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/result.h"
#include "kernel/memory.h"

namespace gatehouse::kernel {

// Since when the thread has waited (ktime, ns), through restarts of its controller; 0: it waits no more.
Result<std::uint64_t> asked_since(Memory& memory, std::uint32_t tid, std::uint64_t thread_start);

// The answer is no more; false: there was none.
Result<bool> take_back(Memory& memory, const gh_grant_key& key);
// Every answer of the session with a scope wider than once.
Result<std::vector<std::pair<gh_grant_key, gh_grant>>> granted(Memory& memory,
                                                               std::uint64_t session);

}  // namespace gatehouse::kernel
