// SPDX-License-Identifier: Apache-2.0
// A deterministic automaton between its making and its packing: a default and the bytes that differ.
// It must never be larger than its budget: whoever fills it counts.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace gatehouse::tables {

struct DfaEdge {
  std::uint8_t byte;
  std::uint32_t next;
  bool operator==(const DfaEdge&) const = default;
};

struct Dfa {
  enum class Kind : std::uint8_t { paths, endpoints, commands };
  Kind kind = Kind::paths;
  std::uint32_t start = 0;
  std::vector<std::uint32_t> otherwise;   // per state: where bytes without an edge lead
  std::vector<std::uint32_t> outcome;     // per state: number in the pool
  std::vector<std::uint32_t> first_edge;  // per state, one more at the end; bytes ascending
  std::vector<DfaEdge> edges;

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(otherwise.size()); }
  [[nodiscard]] std::span<const DfaEdge> edges_of(std::uint32_t state) const {
    return {edges.data() + first_edge[state], edges.data() + first_edge[state + 1]};
  }
};

}  // namespace gatehouse::tables
