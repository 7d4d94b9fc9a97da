// SPDX-License-Identifier: Apache-2.0
// First fit, widest rows first, over a list of the free cells. It must never try a crowded place for
// long: after a bounded number of tries a row goes to the end.
#include "tables/comb.h"

#include <algorithm>
#include <numeric>

#include "shared/steps.h"
#include "tables/hash.h"

namespace gatehouse::tables {
namespace {

constexpr int kMaxTries = 64;
constexpr std::size_t kShapes = 4096;

}  // namespace

std::uint32_t Comb::add(const Dfa& dfa) {
  const auto offset = static_cast<std::uint32_t>(rows_.size());
  for (std::uint32_t s = 0; s < dfa.size(); ++s) {
    Row row;
    row.first = static_cast<std::uint32_t>(cells_.size());
    row.otherwise = dfa.otherwise[s] + offset;
    row.outcome = dfa.outcome[s];
    bool only_slash = true;
    for (const DfaEdge& edge : dfa.edges_of(s)) {
      cells_.push_back({edge.byte, edge.next + offset});
      only_slash = only_slash && edge.byte == '/';
    }
    row.count = static_cast<std::uint32_t>(cells_.size()) - row.first;
    if (dfa.otherwise[s] == s) {
      if (row.count == 0) row.flags |= GH_STATE_FINAL;
      if (only_slash && dfa.kind == Dfa::Kind::paths) row.flags |= GH_STATE_SKIP;
    }
    rows_.push_back(row);
  }
  return dfa.start + offset;
}

// Cell c has list entry c + 1; entry 0 is the head and closes the circle.
void Comb::grow(std::size_t cells) {
  auto& pool = tables_.transitions;
  if (next_free_.empty()) next_free_ = previous_free_ = {0};
  while (pool.size() < cells) {
    pool.push_back(gh_transition_make(GH_NO_STATE, 0));
    const auto entry = static_cast<std::uint32_t>(pool.size());
    const std::uint32_t last = previous_free_[0];
    next_free_[last] = entry;
    next_free_.push_back(0);
    previous_free_.push_back(last);
    previous_free_[0] = entry;
  }
}

void Comb::take(std::size_t cell) {
  const std::uint32_t before = previous_free_[cell + 1], after = next_free_[cell + 1];
  next_free_[before] = after;
  previous_free_[after] = before;
}

// Cells are never given back: where a row of some shape did not fit, no row of that shape ever will.
// So each shape searches on from where it stopped. A taken entry still points forward in the list.
std::uint32_t Comb::place(std::uint32_t state, const Row& row) {
  auto& pool = tables_.transitions;
  const DfaEdge* edges = cells_.data() + row.first;
  const auto free = [&](std::size_t cell) {
    return cell >= pool.size() || static_cast<std::uint32_t>(pool[cell]) == GH_NO_STATE;
  };
  const auto fits = [&](std::size_t base) {
    for (std::uint32_t i = 0; i < row.count; ++i)
      if (!free(base + edges[i].byte)) return false;
    return true;
  };
  std::uint64_t shape = row.count;
  for (std::uint32_t i = 1; i < row.count; ++i)
    shape = mix(shape, static_cast<std::uint64_t>(edges[i].byte - edges[0].byte));
  std::uint32_t& cursor = cursors_[mix(shape, 0) % cursors_.size()];
  if (cursor == 0) cursor = next_free_[0];
  std::size_t base = 0;
  bool found = false;
  for (int tries = kMaxTries; cursor != 0 && tries > 0; --tries) {
    if (cursor - 1 >= edges[0].byte) {
      base = cursor - 1 - edges[0].byte;
      if ((found = fits(base))) break;
    }
    cursor = next_free_[cursor];
  }
  if (!found) {
    base = pool.size() - 256;
    while (!fits(base))
      ++base;
    grow(base + edges[0].byte + 1);
    cursor = static_cast<std::uint32_t>(base + edges[0].byte + 1);
  }
  grow(base + edges[row.count - 1].byte + 1);
  for (std::uint32_t i = 0; i < row.count; ++i) {
    const std::size_t cell = base + edges[i].byte;
    pool[cell] = gh_transition_make(state, edges[i].next);
    take(cell);
  }
  return static_cast<std::uint32_t>(base);
}

void Comb::pack() {
  std::vector<std::uint32_t> order(rows_.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return rows_[a].count > rows_[b].count;
  });
  tables_.transitions.clear();
  cursors_.assign(kShapes, 0);
  grow(256);
  tables_.states.resize(rows_.size());
  std::uint32_t last_base = 0;
  for (const std::uint32_t s : order) {
    const Row& row = rows_[s];
    const std::uint32_t base = row.count == 0 ? 0 : place(s, row);
    last_base = std::max(last_base, base);
    tables_.states[s] = gh_state_make(base, row.otherwise, row.outcome, row.flags);
  }
  grow(last_base + std::size_t{256});
}

}  // namespace gatehouse::tables
