// SPDX-License-Identifier: Apache-2.0
// Threads that wait for an answer in a frozen cgroup of their own, so that neither their parent nor their
// other threads notice. It must never leave a leaf frozen that it does not know, nor move whom it did not verify.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kernel/cgroup.h"

namespace gatehouse::kernel {

// Of a cgroup's path: does a held thread wait there?
bool is_hold(std::string_view path);

// /proc/TID/status of a thread that waits: is there a signal that it should be let run for, because it ends or
// stops the program, or is meant to? `stopped`: by SIGSTOP, so that no other stop can matter.
bool heeds_signal(std::string_view status, bool stopped);

class Holds {
 public:
  // Freezes the thread `tid` of `pid`, which spins, in a leaf below its own cgroup, which lies in `session`:
  // alone (`threaded`) or, where that cannot be, its whole process. An error: it goes on as before.
  Result<void> freeze(std::uint32_t pid, std::uint32_t tid, std::uint64_t start,
                      const Cgroup& session, bool threaded);
  // Lets it go on, and takes the leaf away. False: it is not held here.
  bool release(std::uint32_t tid, std::uint64_t start);
  [[nodiscard]] bool has(std::uint32_t tid, std::uint64_t start) const;
  // Is it standing still by now, so that its record will not change?
  [[nodiscard]] bool is_frozen(std::uint32_t tid) const;
  // Removes the leaves of those who ended.
  void tidy();

 private:
  struct Hold {
    std::uint64_t start = 0;
    Cgroup leaf;
  };
  void let_out(Cgroup leaf);

  std::map<std::uint32_t, Hold> holds_;  // by thread
  std::vector<Cgroup> left_;             // leaves that could not be removed yet
  std::uint64_t count_ = 0;              // of leaves, ever: their names
};

// What a controller that is gone left below a cgroup, at any depth: all is moved out of the leaves and runs.
// Returns how many leaves there were.
Result<unsigned> thaw_holds(const Cgroup& above);

}  // namespace gatehouse::kernel
