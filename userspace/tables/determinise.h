// SPDX-License-Identifier: Apache-2.0
// Tree of patterns → automaton (subset construction, dropping what can no longer matter).
// It must never exceed its budget, and never cut: a policy that needs more is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tables/dfa.h"
#include "tables/judge.h"
#include "tables/labels.h"
#include "tables/tree.h"

namespace gatehouse::tables {

// Checked while building, so that a hostile policy costs neither much time nor much memory.
struct Budget {
  std::size_t states = std::size_t{1} << 19;
  std::size_t items = std::size_t{8} << 20;  // numbers kept to tell states apart
  std::size_t edges = std::size_t{4} << 20;
  std::size_t work = std::size_t{32} << 20;  // tree nodes and marks looked at
};

struct Refusal {
  std::size_t states = 0;  // made when it was given up
  std::size_t limit = 0;   // the one that was reached, and of what
  const char* what = "";
  std::vector<std::uint32_t> rules;  // those that contribute most, the worst first
};

// `refusal` is also filled if the automaton was built but may be too large for the tables.
// `root_rules`: for paths, the rules that apply to "/" itself.
std::optional<Dfa> determinise(const Tree& tree, const SetPool& sets, Judge& judge, Dfa::Kind kind,
                               std::span<const std::uint32_t> root_rules, const Budget& budget,
                               Refusal& refusal);

}  // namespace gatehouse::tables
