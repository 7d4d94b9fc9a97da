// SPDX-License-Identifier: Apache-2.0
// The canonical row of a state. It must never look at all 256 bytes where the default is certain.
#include "tables/row.h"

#include <algorithm>

namespace gatehouse::tables {

std::uint32_t RowWriter::commonest(std::uint32_t state, const std::vector<std::uint32_t>& names) {
  const auto edges = dfa_.edges_of(state);
  const std::uint32_t otherwise = names[dfa_.otherwise[state]];
  const std::size_t rest = 256 - edges.size();
  if (rest > edges.size()) return otherwise;
  scratch_.clear();
  for (const DfaEdge& edge : edges)
    scratch_.push_back(names[edge.next]);
  scratch_.insert(scratch_.end(), rest, otherwise);
  std::sort(scratch_.begin(), scratch_.end());
  std::uint32_t best = otherwise;
  std::size_t most = 0;
  for (std::size_t i = 0; i < scratch_.size();) {
    std::size_t end = i;
    while (end < scratch_.size() && scratch_[end] == scratch_[i])
      ++end;
    if (end - i > most) {
      most = end - i;
      best = scratch_[i];
    }
    i = end;
  }
  return best;
}

void RowWriter::append(std::uint32_t state, const std::vector<std::uint32_t>& names,
                       std::vector<std::uint32_t>& out) {
  const std::uint32_t common = commonest(state, names);
  const std::uint32_t otherwise = names[dfa_.otherwise[state]];
  out.push_back(common);
  unsigned byte = 0;
  const auto rest = [&](unsigned end) {  // bytes without an edge
    if (common != otherwise)
      for (; byte < end; ++byte)
        out.push_back(byte << 24 | otherwise);
  };
  for (const DfaEdge& edge : dfa_.edges_of(state)) {
    rest(edge.byte);
    byte = edge.byte + 1u;
    if (names[edge.next] != common)
      out.push_back(static_cast<std::uint32_t>(edge.byte) << 24 | names[edge.next]);
  }
  rest(256);
}

}  // namespace gatehouse::tables
