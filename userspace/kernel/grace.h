// SPDX-License-Identifier: Apache-2.0
// Waits until no hook can still be using what it looked up before.
// It must never return early: memory is given to others after it.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"
#include "kernel/memory.h"

namespace gatehouse::kernel {

// An update of a map of maps makes the kernel wait for an RCU grace period, which ends every hook that
// cannot sleep. Hooks that can sleep hold a slot for as long as they use tables: those are looked at.
class Grace {
 public:
  static Result<Grace> make();
  // Every hook that began before has ended, but for sleepable ones.
  Result<void> wait() const;
  // And no slot works with that policy any more. ETIMEDOUT after a few seconds: keep it then.
  Result<void> wait(const Memory& memory, std::uint32_t policy) const;

 private:
  UniqueFd inner_, outer_;
};

}  // namespace gatehouse::kernel
