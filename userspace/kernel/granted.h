// SPDX-License-Identifier: Apache-2.0
// What lies in the kernel about asks and answers, read back and taken back. It must never write an answer:
// that is for Answers alone.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "kernel/memory.h"

namespace gatehouse::kernel {

// Since when the thread has waited (ktime, ns), through restarts of its controller; 0: it waits no more.
Result<std::uint64_t> asked_since(Memory& memory, std::uint32_t tid, std::uint64_t thread_start);

}  // namespace gatehouse::kernel
