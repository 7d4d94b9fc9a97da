// SPDX-License-Identifier: Apache-2.0
// Tables made by hand, and pools of ordinary memory for them. They must never depend on what the compiler of
// policies makes.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel/relocate.h"
#include "shared/steps.h"

namespace gatehouse::kernel {

// Accepts "a*b": 0 -a-> 1 -b-> 2, everything else back to 0. Endpoints start at 3, a state of its own.
inline tables::Tables small() {
  tables::Tables t;
  t.transitions.assign(600, gh_transition_make(GH_NO_STATE, 0));
  t.states = {gh_state_make(0, 0, 0, 0), gh_state_make(10, 0, 0, 0),
              gh_state_make(20, 2, 1, GH_STATE_FINAL), gh_state_make(300, 3, 0, GH_STATE_SKIP)};
  t.transitions['a'] = gh_transition_make(0, 1);
  t.transitions[10 + 'a'] = gh_transition_make(1, 1);
  t.transitions[10 + 'b'] = gh_transition_make(1, 2);
  gh_outcome deny = {}, allow = {};
  deny.cell[0] = {7, GH_DENY, 0};
  allow.cell[0] = {8, GH_ALLOW, GH_CELL_LOG};
  t.outcomes = {deny, allow};
  t.paths = 0;
  t.endpoints = 3;
  return t;
}

struct Page {
  std::vector<std::uint64_t> states = std::vector<std::uint64_t>(100, 0xdeadbeefdeadbeef);
  std::vector<std::uint64_t> transitions = std::vector<std::uint64_t>(2000, 0xdeadbeefdeadbeef);
  std::vector<gh_outcome> outcomes = std::vector<gh_outcome>(50);
  Pools pools() { return {states, transitions, outcomes}; }
};

}  // namespace gatehouse::kernel
