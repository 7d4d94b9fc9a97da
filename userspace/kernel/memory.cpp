// SPDX-License-Identifier: Apache-2.0
// Binds the maps of one enforcement.
// It must never leave one unbound: a map that is missing is an error, with its name.
#include "kernel/memory.h"

#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <ctime>
#include <vector>

namespace gatehouse::kernel {

Result<Memory> Memory::bind(Fds fds) {
  for (const char* name : kMapNames)
    if (fds.find(name) == fds.end())
      return Error{ENOENT, fmt::format("the map {} is missing", name)};
  Memory memory;
  memory.fds_ = std::move(fds);

  // Controls first: they tell whether the rest can be what we expect.
  auto controls = Mapped<gh_controls>::map(memory.fd("gh_controls"), "gh_controls");
  if (!controls) return controls.take_error();
  memory.controls_ = std::move(*controls);
  if (memory.controls().abi != GH_ABI_VERSION)
    return Error{
        EPROTO,
        fmt::format(
            "these maps have layout {}, this Gatehouse has layout {}: end the sessions with "
            "the Gatehouse that began them",
            memory.controls().abi, GH_ABI_VERSION)};

  Error error;
  bool failed = false;
  const auto take = [&](auto& member, auto result) {
    if (failed) return;
    if (result)
      member = std::move(*result);
    else
      failed = true, error = result.take_error();
  };
  take(memory.sessions, Mapped<gh_session>::map(memory.fd("gh_sessions"), "gh_sessions"));
  take(memory.policies,
       Map<std::uint32_t, gh_policy>::bind(memory.fd("gh_policies"), "gh_policies"));
  take(memory.held, Map<gh_file_key, std::uint32_t>::bind(memory.fd("gh_held"), "gh_held"));
  take(memory.scopes, Map<std::uint64_t, std::uint32_t>::bind(memory.fd("gh_scopes"), "gh_scopes"));
  take(memory.asks, Map<std::uint32_t, gh_ask>::bind(memory.fd("gh_asks"), "gh_asks"));
  take(memory.grants, Map<gh_grant_key, gh_grant>::bind(memory.fd("gh_grants"), "gh_grants"));
  if (failed) return error;
  if (auto pools = memory.map_pools(); !pools) return pools.take_error();  // that it can be done
  return memory;
}

Result<MappedPools> Memory::map_pools() const {
  auto states = Mapped<std::uint64_t>::map(fd("gh_states"), "gh_states");
  if (!states) return states.take_error();
  auto transitions = Mapped<std::uint64_t>::map(fd("gh_transitions"), "gh_transitions");
  if (!transitions) return transitions.take_error();
  auto outcomes = Mapped<gh_outcome>::map(fd("gh_outcomes"), "gh_outcomes");
  if (!outcomes) return outcomes.take_error();
  return MappedPools{std::move(*states), std::move(*transitions), std::move(*outcomes)};
}

Result<std::vector<gh_counters>> Memory::counters_by_cpu() const {
  const int cpus = ::libbpf_num_possible_cpus();
  if (cpus < 0) return sys_error("cannot count CPUs", -cpus);
  std::vector<gh_counters> each(static_cast<std::size_t>(cpus));
  const std::uint32_t key = 0;
  if (::bpf_map_lookup_elem(fd("gh_counters"), &key, each.data()) != 0)
    return sys_error("cannot read the counters");
  return each;
}

Result<gh_counters> Memory::counters() const {
  auto each = counters_by_cpu();
  if (!each) return each.take_error();
  gh_counters sum = {};
  for (const gh_counters& one : *each) {
    sum.seq += one.seq;
    sum.lost_events += one.lost_events;
    sum.lost_asks += one.lost_asks;
    sum.decisions += one.decisions;
  }
  return sum;
}

std::uint64_t ktime() {
  timespec now = {};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace gatehouse::kernel
