// SPDX-License-Identifier: Apache-2.0
// An answer on its way to the thread that waits for it: a grant in the map, then SIGCONT or the thaw.
// It must never wake before the grant is there, nor anybody whose start time is not the asker's.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "base/result.h"
#include "kernel/hold.h"
#include "kernel/memory.h"

namespace gatehouse::kernel {

// Who asked for what, as the event told it.
struct Asker {
  std::uint64_t session = 0;  // serial
  std::uint64_t object[2] = {};
  std::uint64_t syscall = 0;       // fingerprint
  std::uint64_t leader_start = 0;  // of the process, boottime ns
  std::uint64_t thread_start = 0;
  std::uint32_t pid = 0, tid = 0;
};
Asker asker_of(const gh_event& event);

// The grant's key for a scope (GH_SCOPE_*).
gh_grant_key grant_key(const Asker& asker, std::uint32_t scope);

enum class Delivery { delivered, gone };  // gone: the asker ended; nothing is kept for it

class Answers {
 public:
  explicit Answers(Memory& memory) : memory_(&memory) {}

  // `verdict`: GH_ALLOW or GH_DENY. `expires`: ktime ns, 0: with its subject. A scope wider than `once`
  // also wakes the others who wait for the same. No room even after a sweep: ENOSPC, and the asker waits
  // on; the caller denies by ending something.
  Result<Delivery> answer(const Asker& asker, std::uint32_t scope, gh_verdict verdict,
                          std::uint64_t expires = 0);

  // For an ask that stays open: who spins for it is frozen, so that nobody notices that it waits. Where that
  // cannot be, the hook stops it. `session`: its cgroup; `ours`: made by Gatehouse, for nobody else's use.
  Result<void> hold(const Asker& asker, const Cgroup& session, bool ours);

  // Does a thread of that process wait for an answer? Its record is there before it is stopped.
  [[nodiscard]] bool is_held(pid_t pid) const;

  // After a restart: everyone who waits asks again, so that we hear of it. Returns how many. Those whom
  // another controller has frozen are to be thawed after that (thaw_holds).
  Result<unsigned> nudge_open_asks();
  // Asks that found their ring full are said again, some hundred at each call: to be made after each reading
  // of the ring, at the cost of one comparison while there are none.
  Result<void> hear();
  // Looks after some hundred of those who wait at each call, in turn. Who was sent a signal that would end it is let
  // run for that; what lives on asks again. Returned, by thread: asks of those that ended while the kernel skipped
  // the program that clears up behind them (a kernel that preempts tracing programs, 7.3, does so).
  Result<std::vector<std::pair<std::uint32_t, gh_ask>>> tend();
  // A session ends: whoever waits in it is denied and continues, to be able to end.
  Result<unsigned> release_all(std::uint64_t session);
  // A session has ended: its asks and answers are forgotten.
  Result<unsigned> forget(std::uint64_t session);
  // Answers that nobody can use any more: expired, or their subject is gone. Returns how many.
  Result<unsigned> sweep();

 private:
  Result<Delivery> wake(std::uint32_t pid, std::uint32_t tid, std::uint64_t start);
  Result<void> say_again(std::uint32_t tid, const gh_ask& ask);
  void heed_signals(std::uint32_t tid, const gh_ask& ask);
  void give_back(std::uint64_t until);
  [[nodiscard]] bool is_answered(const Asker& asker) const;
  Result<void> grant(const gh_grant_key& key, const gh_grant& grant);
  [[nodiscard]] bool is_dead(const gh_grant_key& key, const gh_grant& grant,
                             std::uint64_t now) const;

  Memory* memory_;
  Holds holds_;
  std::size_t tended_ = 0;   // so many asks were looked at in the present round
  std::uint32_t heard_ = 0;  // gh_controls.unheard, when nobody was left unheard
};

}  // namespace gatehouse::kernel
