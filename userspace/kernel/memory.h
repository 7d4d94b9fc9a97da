// SPDX-License-Identifier: Apache-2.0
// The user side of bpf/maps.h: every map of one enforcement, bound and mapped.
// It must never be made from maps of another ABI version.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"
#include "kernel/map.h"
#include "kernel/mapped.h"
#include "shared/abi.h"

namespace gatehouse::kernel {

using Fds = std::map<std::string, UniqueFd>;

// The maps by their names in bpf/maps.h; gh_controls stands for the section that holds it.
inline constexpr const char* kMapNames[] = {
    "gh_states",   "gh_transitions", "gh_outcomes", "gh_policies", "gh_sessions", "gh_scopes",
    "gh_asks",     "gh_grants",      "gh_events",   "gh_asked",    "gh_counters", "gh_slots",
    "gh_controls", "gh_members",     "gh_ipc",      "gh_held"};

// The pools of all tables. The kernel maps each whole, which counts as ours while it is: for as long as needed.
struct MappedPools {
  Mapped<std::uint64_t> states, transitions;
  Mapped<gh_outcome> outcomes;
};

class Memory {
 public:
  Memory() = default;
  // Takes the descriptors of all of kMapNames.
  static Result<Memory> bind(Fds fds);

  [[nodiscard]] Result<MappedPools> map_pools() const;

  Map<std::uint32_t, gh_policy> policies;
  Map<gh_file_key, std::uint32_t> held;
  Mapped<gh_session> sessions;
  Map<std::uint64_t, std::uint32_t> scopes;
  Map<std::uint32_t, gh_ask> asks;
  Map<gh_grant_key, gh_grant> grants;

  [[nodiscard]] int fd(const std::string& name) const { return fds_.at(name).get(); }
  [[nodiscard]] gh_controls& controls() const { return controls_[0]; }
  [[nodiscard]] Result<std::vector<gh_counters>> counters_by_cpu() const;
  // Sums over all CPUs.
  [[nodiscard]] Result<gh_counters> counters() const;

 private:
  Fds fds_;
  Mapped<gh_controls> controls_;
};

// CLOCK_MONOTONIC in ns: bpf_ktime_get_ns().
std::uint64_t ktime();

}  // namespace gatehouse::kernel
