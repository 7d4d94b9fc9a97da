// SPDX-License-Identifier: Apache-2.0
// Room, words, verification, name; and the way back.
// It must never name a policy in gh_policies before its tables read back as written.
#include "kernel/publish.h"

#include <fmt/format.h>

#include <atomic>

#include "kernel/held.h"

namespace gatehouse::kernel {
namespace {

Placement placement_of(const gh_policy& policy) {
  return {{policy.state_first, policy.state_count},
          {policy.transition_first, policy.transition_count},
          {policy.outcome_first, policy.outcome_count}};
}

gh_privileges bits_of(const policy::PrivilegeSet& set) {
  gh_privileges out = {};
  for (std::size_t i = 0; i < set.size(); i++)
    if (set[i]) out.bits[i / 64] |= std::uint64_t{1} << i % 64;
  return out;
}

}  // namespace

std::string with_commas(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); i++) {
    if (i != 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

Publisher::Publisher(Memory& memory, const Grace& grace)
    : memory_(&memory), grace_(&grace), slots_(GH_MAX_POLICIES) {
  slots_.claim({0, 1});  // session 0 is nobody's and points there: it must never hold tables
}

bool Publisher::in_use(std::uint32_t slot) const {
  for (std::uint32_t i = 1; i < GH_MAX_SESSIONS; i++) {
    gh_session& session = memory_->sessions[i];
    if (session.serial != 0 && std::atomic_ref(session.policy).load() == slot) return true;
  }
  return false;
}

Result<Publisher> Publisher::over(Memory& memory, const Grace& grace) {
  Publisher publisher(memory, grace);
  std::vector<PolicySlot> unused;
  std::vector<bool> live(GH_MAX_POLICIES);
  for (std::uint32_t i = 1; i < GH_MAX_POLICIES; i++) {
    auto policy = memory.policies.lookup(i);
    if (!policy) return policy.take_error();
    if (!*policy || (*policy)->generation == 0) continue;
    live[i] = true;
    if (!publisher.slots_.claim({i, 1}) ||
        !publisher.placements_.claim(placement_of(**policy), (*policy)->digest))
      return Error{
          EPROTO,
          fmt::format("policy slot {} overlaps another one: the kernel's tables are damaged", i)};
    if (!publisher.in_use(i)) unused.push_back({i, (*policy)->generation});
  }
  // Of a controller that died between a policy's files and its name.
  const auto nobodys = [&](std::uint32_t policy) { return policy >= live.size() || !live[policy]; };
  if (auto released = release_files(memory, nobodys); !released) return released.take_error();
  for (const PolicySlot slot : unused)
    if (auto retired = publisher.retire(slot); !retired && retired.error().code != ETIMEDOUT)
      return retired.take_error();
  return publisher;
}

Result<PolicySlot> Publisher::publish(const tables::Tables& tables, std::uint32_t generation) {
  if (generation == 0) return Error{EINVAL, "generation 0 means no policy"};
  if (auto checked = check_tables(tables); !checked) return checked.take_error();
  retry_retired();
  auto mapped = memory_->map_pools();
  if (!mapped) return mapped.take_error();
  const Pools pools{mapped->states.all(), mapped->transitions.all(), mapped->outcomes.all()};
  auto placed = placements_.take(tables, pools);
  if (!placed) return placed.take_error();
  const auto fail = [&](Error error) {
    placements_.give(*placed);
    return error;
  };

  const auto slot = slots_.take(1);
  if (!slot) return fail(no_room("policy slots", 1, slots_));
  gh_policy policy = {};
  policy.digest = tables.digest;
  policy.generation = generation;
  policy.flags = tables.flags;
  policy.paths = tables.paths + placed->states.first;
  policy.endpoints = tables.endpoints + placed->states.first;
  policy.commands =
      tables.commands == GH_NO_STATE ? GH_NO_STATE : tables.commands + placed->states.first;
  policy.unnamed = tables.unnamed;
  policy.privileges = bits_of(tables.privileges);
  policy.privileges_named = bits_of(tables.privileges_named);
  // Counted in the kernel's memory: a controller that takes over may begin its generations again.
  policy.number = std::atomic_ref(memory_->controls().published).fetch_add(1) + 1;
  policy.state_first = placed->states.first;
  policy.state_count = placed->states.count;
  policy.transition_first = placed->transitions.first;
  policy.transition_count = placed->transitions.count;
  policy.outcome_first = placed->outcomes.first;
  policy.outcome_count = placed->outcomes.count;
  auto named = hold_files(*memory_, tables.held, slot->first, pools.outcomes, placed->outcomes);
  if (named) named = memory_->policies.update(slot->first, policy);
  if (!named) {
    (void)release_files(*memory_, [&](std::uint32_t of) { return of == slot->first; });
    slots_.give(*slot);
    return fail(named.take_error());
  }
  return PolicySlot{slot->first, generation};
}

Result<PolicySlot> Publisher::flip(std::uint32_t session, PolicySlot slot) {
  if (session == 0 || session >= GH_MAX_SESSIONS || memory_->sessions[session].serial == 0)
    return Error{EINVAL, fmt::format("there is no session at {}", session)};
  auto policy = memory_->policies.lookup(slot.index);
  if (!policy) return policy.take_error();
  if (slot.index == 0 || !*policy || (*policy)->generation != slot.generation)
    return Error{EINVAL, fmt::format("there is no policy of generation {} at {}", slot.generation,
                                     slot.index)};
  // Release: whoever reads the new number reads tables that were written before.
  const std::uint32_t old = std::atomic_ref(memory_->sessions[session].policy)
                                .exchange(slot.index, std::memory_order_acq_rel);
  auto before = memory_->policies.lookup(old);
  return PolicySlot{old, before && *before ? (*before)->generation : 0};
}

Result<void> Publisher::retire(PolicySlot slot) {
  if (slot.index == 0 || in_use(slot.index)) return {};
  auto policy = memory_->policies.lookup(slot.index);
  if (!policy) return policy.take_error();
  if (!*policy || (*policy)->generation != slot.generation || slot.generation == 0)
    return {};  // it is gone already
  if (auto waited = grace_->wait(*memory_, slot.index); !waited) {
    if (waited.error().code == ETIMEDOUT) waiting_.push_back(slot);
    return waited.take_error();
  }
  return erase(slot.index);
}

Result<void> Publisher::erase(std::uint32_t slot) {
  auto policy = memory_->policies.lookup(slot);
  if (!policy) return policy.take_error();
  if (auto written = memory_->policies.update(slot, gh_policy{}); !written) return written;
  const auto its = [slot](std::uint32_t of) { return of == slot; };
  if (auto released = release_files(*memory_, its); !released) return released;
  if (*policy) placements_.give(placement_of(**policy));
  slots_.give({slot, 1});
  return {};
}

void Publisher::retry_retired() {
  const auto again = std::exchange(waiting_, {});
  for (const PolicySlot slot : again)
    (void)retire(slot);  // one that is still in use waits on
}

}  // namespace gatehouse::kernel
