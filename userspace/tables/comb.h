// SPDX-License-Identifier: Apache-2.0
// Automata → the kernel's tables: a default per state, all other moves in one shared comb.
// It must never let a state read a cell beyond the comb's end.
#pragma once

#include <cstdint>

#include "tables/dfa.h"
#include "tables/tables.h"

namespace gatehouse::tables {

class Comb {
 public:
  explicit Comb(Tables& tables) : tables_(tables) {}
  // Appends the automaton's states and returns its start state. Numbers must stay below GH_MAX_STATES.
  std::uint32_t add(const Dfa& dfa);
  // Places what was added.
  void pack();

 private:
  struct Row {
    std::uint32_t first = 0, count = 0;  // in cells_
    std::uint32_t otherwise = 0, outcome = 0, flags = 0;
  };
  std::uint32_t place(std::uint32_t state, const Row& row);
  void take(std::size_t cell);
  void grow(std::size_t cells);

  Tables& tables_;
  std::vector<Row> rows_;
  std::vector<DfaEdge> cells_;
  std::vector<std::uint32_t> next_free_;  // per cell, + 1 shifted: a list of the free ones
  std::vector<std::uint32_t> previous_free_;
  std::vector<std::uint32_t> cursors_;  // per shape of row: where the search goes on
};

}  // namespace gatehouse::tables
