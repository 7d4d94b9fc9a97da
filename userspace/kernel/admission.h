// SPDX-License-Identifier: Apache-2.0
// Which cgroup is which session: the entries by which hooks find out whose a task is.
// It must never name a cgroup before its session's entry is complete: a hook would find no tables.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "kernel/enforcement.h"
#include "kernel/grace.h"
#include "kernel/publish.h"

namespace gatehouse::kernel {

struct AdmittedSession {
  std::uint32_t index = 0;  // in gh_sessions
  std::uint64_t serial = 0;
  std::uint64_t cgroup = 0;  // its id; 0: it was being removed when its controller ended
  PolicySlot policy;
};

// Used from one thread. `gate` and `grace` must outlive it.
class Admission {
 public:
  Admission(Enforcement& gate, const Grace& grace) : gate_(&gate), grace_(&grace) {}

  // From its return on, every task in the cgroup is judged. A cgroup that does not lie directly below
  // the gate's root is covered by the cgroup programs first. `flags` are the policy's.
  // EEXIST: it is, contains or lies within another session's. ENOSPC: too many sessions.
  Result<AdmittedSession> admit(const Cgroup& cgroup, std::uint64_t serial, PolicySlot policy,
                                std::uint32_t flags);

  // The other way round; the policy's slot is the caller's to retire. A task still in a cgroup directly
  // below the root is denied everything from then on; one elsewhere is free.
  Result<void> remove(const AdmittedSession& session);

  // Its processes, wherever somebody moved them. Empty, and at no cost, if nobody ever moved one out of its
  // session's cgroup.
  [[nodiscard]] Result<std::vector<pid_t>> strays(const AdmittedSession& session) const;

  // What is admitted, from the maps: for a controller that adopts.
  [[nodiscard]] Result<std::vector<AdmittedSession>> sessions() const;

 private:
  [[nodiscard]] bool is_below_root(const Cgroup& cgroup) const;
  Result<void> refuse_overlap(const Cgroup& cgroup) const;
  std::optional<std::uint32_t> free_index();

  Enforcement* gate_;
  const Grace* grace_;
  std::uint32_t last_ = 0;
};

}  // namespace gatehouse::kernel
