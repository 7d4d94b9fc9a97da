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

Result<bool> take_back(Memory& memory, const gh_grant_key& key) { return memory.grants.erase(key); }

Result<std::vector<std::pair<gh_grant_key, gh_grant>>> granted(Memory& memory,
                                                               std::uint64_t session) {
  std::vector<std::pair<gh_grant_key, gh_grant>> all;
  auto walked = memory.grants.for_each([&](const gh_grant_key& key, const gh_grant& grant) {
    if (key.serial == session && key.scope != GH_SCOPE_ONCE) all.emplace_back(key, grant);
  });
  if (!walked) return walked.take_error();
  return all;
}

}  // namespace gatehouse::kernel
