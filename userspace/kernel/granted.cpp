// SPDX-License-Identifier: Apache-2.0
// Look-ups in the maps of asks and grants. They must never take another thread's record for the one that is
// meant.
#include "kernel/granted.h"

namespace gatehouse::kernel {

Result<std::uint64_t> asked_since(Memory& memory, std::uint32_t tid, std::uint64_t thread_start) {
  auto ask = memory.asks.lookup(tid);
  if (!ask) return ask.take_error();
  const bool waits = *ask && (*ask)->start == thread_start && (*ask)->open != 0;
  return waits ? (*ask)->since : std::uint64_t{0};
}

}  // namespace gatehouse::kernel
