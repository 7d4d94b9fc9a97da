// SPDX-License-Identifier: Apache-2.0
// One pass over states, one over transitions, one over outcomes.
// It must never change the meaning of a word: only the numbers in it move.
#include "kernel/relocate.h"

#include <fmt/format.h>

#include <cstring>
#include <string_view>

#include "shared/steps.h"

namespace gatehouse::kernel {
namespace {

std::uint64_t moved_state(std::uint64_t state, const Placement& place) {
  return gh_state_make(gh_state_base(state) + place.transitions.first,
                       gh_state_default(state) + place.states.first,
                       gh_state_outcome(state) + place.outcomes.first, gh_state_flags(state));
}

std::uint64_t moved_transition(std::uint64_t cell, const Placement& place) {
  const auto owner = static_cast<std::uint32_t>(cell),
             next = static_cast<std::uint32_t>(cell >> 32);
  if (owner == GH_NO_STATE) return gh_transition_make(GH_NO_STATE, 0);
  return gh_transition_make(owner + place.states.first, next + place.states.first);
}

Error broken(const char* what, std::size_t at) {
  return {EINVAL,
          fmt::format("the compiled tables are broken: {} {} points outside (a bug of Gatehouse)",
                      what, at)};
}

// Walks `input` in both and compares each state.
bool walks_alike(const tables::Tables& tables, const Placement& place, const Pools& pools,
                 std::uint32_t start, std::string_view input) {
  std::uint32_t ours = start, theirs = start + place.states.first;
  for (const char c : input) {
    const auto byte = static_cast<std::uint8_t>(c);
    const std::uint64_t our_state = tables.states[ours], their_state = pools.states[theirs];
    ours = gh_next(ours, our_state, tables.transitions[gh_state_base(our_state) + byte]);
    theirs = gh_next(theirs, their_state, pools.transitions[gh_state_base(their_state) + byte]);
    if (theirs != ours + place.states.first) return false;
    const gh_outcome& our_outcome = tables.outcomes[gh_state_outcome(tables.states[ours])];
    const gh_outcome& their_outcome = pools.outcomes[gh_state_outcome(pools.states[theirs])];
    if (std::memcmp(&our_outcome, &their_outcome, sizeof our_outcome) != 0) return false;
  }
  return true;
}

}  // namespace

Result<void> check_tables(const tables::Tables& tables) {
  const auto states = tables.states.size(), transitions = tables.transitions.size();
  if (tables.paths >= states || tables.endpoints >= states)
    return broken("start state", tables.paths);
  if (tables.commands != GH_NO_STATE && tables.commands >= states)
    return broken("start state", tables.commands);
  for (std::size_t i = 0; i < states; i++) {
    const std::uint64_t state = tables.states[i];
    if (std::size_t{gh_state_base(state)} + 255 >= transitions ||
        gh_state_default(state) >= states || gh_state_outcome(state) >= tables.outcomes.size())
      return broken("state", i);
  }
  for (std::size_t i = 0; i < transitions; i++) {
    const auto owner = static_cast<std::uint32_t>(tables.transitions[i]);
    if (owner == GH_NO_STATE) continue;
    if (owner >= states || tables.transitions[i] >> 32 >= states) return broken("transition", i);
  }
  return {};
}

void write_tables(const tables::Tables& tables, const Placement& place, const Pools& pools) {
  for (std::size_t i = 0; i < tables.states.size(); i++)
    pools.states[place.states.first + i] = moved_state(tables.states[i], place);
  for (std::size_t i = 0; i < tables.transitions.size(); i++)
    pools.transitions[place.transitions.first + i] = moved_transition(tables.transitions[i], place);
  for (std::size_t i = 0; i < tables.outcomes.size(); i++)
    pools.outcomes[place.outcomes.first + i] = tables.outcomes[i];
}

Result<void> verify_tables(const tables::Tables& tables, const Placement& place,
                           const Pools& pools) {
  const Error wrong = {EIO, "the kernel's tables do not read back as written"};
  for (std::size_t i = 0; i < tables.states.size(); i++)
    if (pools.states[place.states.first + i] != moved_state(tables.states[i], place)) return wrong;
  for (std::size_t i = 0; i < tables.transitions.size(); i++)
    if (pools.transitions[place.transitions.first + i] !=
        moved_transition(tables.transitions[i], place))
      return wrong;
  std::string every;
  for (int byte = 0; byte < 256; byte++)
    every += static_cast<char>(byte);
  for (const std::uint32_t start : {tables.paths, tables.endpoints, tables.commands}) {
    if (start == GH_NO_STATE) continue;
    for (const std::string_view input :
         {std::string_view("/"), std::string_view("/home/dev/app/.env"),
          std::string_view("/usr/lib/x86_64-linux-gnu/libc.so.6"),
          std::string_view("/tmp/a/b/c/../.ssh/id_rsa"), std::string_view(every)})
      if (!walks_alike(tables, place, pools, start, input)) return wrong;
  }
  return {};
}

}  // namespace gatehouse::kernel
