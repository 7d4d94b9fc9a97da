// SPDX-License-Identifier: Apache-2.0
// Tables → the kernel's pools, and the one store that makes a session judge by them.
// It must never write into a range that a session points to, and leave nothing half done on a failure.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "kernel/grace.h"
#include "kernel/memory.h"
#include "kernel/placements.h"
#include "kernel/pool.h"
#include "tables/tables.h"

namespace gatehouse::kernel {

// A published policy: its number in gh_policies.
struct PolicySlot {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
};

// Used from one thread. `memory` and `grace` must outlive it.
class Publisher {
 public:
  // What is in use is read from gh_policies and gh_sessions; what no session points to is given back.
  static Result<Publisher> over(Memory& memory, const Grace& grace);

  // Fills, verifies, names. Does not fit: ENOSPC with figures. Generations begin at 1.
  Result<PolicySlot> publish(const tables::Tables& tables, std::uint32_t generation);
  // From now on the session judges by that policy. Returns the slot that it used before.
  Result<PolicySlot> flip(std::uint32_t session, PolicySlot slot);
  // Waits until nobody uses the policy and gives its room back. Does nothing while a session points to
  // it. ETIMEDOUT: it stays taken, and the next publish tries again.
  Result<void> retire(PolicySlot slot);

  [[nodiscard]] std::uint32_t free_states() const { return placements_.free_states(); }
  [[nodiscard]] std::uint32_t free_transitions() const { return placements_.free_transitions(); }

 private:
  Publisher(Memory& memory, const Grace& grace);
  [[nodiscard]] bool in_use(std::uint32_t slot) const;
  Result<void> erase(std::uint32_t slot);
  void retry_retired();

  Memory* memory_;
  const Grace* grace_;
  Placements placements_;
  Pool slots_;
  std::vector<PolicySlot> waiting_;  // retired, but still in use by a hook when last looked at
};

// "310,000"
std::string with_commas(std::uint64_t number);

}  // namespace gatehouse::kernel
