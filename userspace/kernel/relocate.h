// SPDX-License-Identifier: Apache-2.0
// Tables compiled from zero become tables at their place in the kernel's pools.
// It must never write outside the ranges that it was given, nor take tables that point outside themselves.
#pragma once

#include <span>

#include "base/result.h"
#include "kernel/pool.h"
#include "tables/tables.h"

namespace gatehouse::kernel {

// Where the three parts of a policy lie in the pools.
struct Placement {
  Range states, transitions, outcomes;
};

// The pools themselves, whole.
struct Pools {
  std::span<std::uint64_t> states, transitions;
  std::span<gh_outcome> outcomes;
};

// Do all numbers in the tables point into the tables? A failure is a bug of the compiler.
Result<void> check_tables(const tables::Tables& tables);

// Writes checked tables to their place.
void write_tables(const tables::Tables& tables, const Placement& place, const Pools& pools);

// Reads back: every word as it should be, and the automaton in the pools walks as the one in the tables
// does, for some inputs from both start states.
Result<void> verify_tables(const tables::Tables& tables, const Placement& place,
                           const Pools& pools);

}  // namespace gatehouse::kernel
