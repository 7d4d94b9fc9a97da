// SPDX-License-Identifier: Apache-2.0
// Partition refinement: start from equal outcomes, split blocks whose members move to different
// blocks. Only states that move into a block with a new number are looked at again, and the largest
// part keeps the old number, so each state changes its number at most log n times.
// It must never decide equality by a hash alone.
#include "tables/minimise.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include "tables/hash.h"
#include "tables/row.h"

namespace gatehouse::tables {
namespace {

constexpr std::uint32_t kNone = 0xffffffff;

class Partition {
 public:
  explicit Partition(const Dfa& dfa) : dfa_(dfa), rows_(dfa), block_(dfa.size()) {
    index_predecessors();
    split_by_outcome();
    dirty_.resize(dfa.size());
    std::iota(dirty_.begin(), dirty_.end(), 0u);
    signature_.resize(dfa.size());
    is_dirty_.assign(dfa.size(), 1);
    while (!dirty_.empty())
      round();
  }

  [[nodiscard]] const std::vector<std::uint32_t>& block_of() const { return block_; }
  [[nodiscard]] std::uint32_t member(std::uint32_t block) const {
    return order_[blocks_[block].first];
  }
  [[nodiscard]] std::size_t count() const { return blocks_.size(); }

 private:
  struct Block {
    std::uint32_t first = 0, end = 0;
    std::uint32_t dirty = 0;  // so many members in front are to be compared
  };
  struct Sorted {
    bool stays;
    std::uint64_t hash;
    std::uint32_t state;
  };
  struct Signature {
    std::uint64_t hash = 0;
    std::uint32_t first = 0, size = 0;  // in arena_
  };

  void index_predecessors() {
    const std::uint32_t n = dfa_.size();
    first_in_.assign(n + 1, 0);
    for (std::uint32_t s = 0; s < n; ++s)
      ++first_in_[dfa_.otherwise[s]];
    for (const DfaEdge& edge : dfa_.edges)
      ++first_in_[edge.next];
    std::uint32_t sum = 0;
    for (auto& entry : first_in_)
      sum += std::exchange(entry, sum);
    incoming_.resize(sum);
    auto at = first_in_;
    for (std::uint32_t s = 0; s < n; ++s) {
      incoming_[at[dfa_.otherwise[s]]++] = s;
      for (const DfaEdge& edge : dfa_.edges_of(s))
        incoming_[at[edge.next]++] = s;
    }
  }

  void split_by_outcome() {
    order_.resize(dfa_.size());
    place_.resize(dfa_.size());
    std::iota(order_.begin(), order_.end(), 0u);
    std::stable_sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
      return dfa_.outcome[a] < dfa_.outcome[b];
    });
    for (std::uint32_t i = 0; i < order_.size(); ++i) {
      const std::uint32_t s = order_[i];
      if (i == 0 || dfa_.outcome[s] != dfa_.outcome[order_[i - 1]]) blocks_.push_back({i, i, 0});
      blocks_.back().end = i + 1;
      block_[s] = static_cast<std::uint32_t>(blocks_.size() - 1);
      place_[s] = i;
    }
  }

  void swap_to(std::uint32_t state, std::uint32_t place) {
    const std::uint32_t other = order_[place];
    order_[place_[state]] = other;
    place_[other] = place_[state];
    order_[place] = state;
    place_[state] = place;
  }

  void sign(std::uint32_t state) {
    Signature& out = signature_[state];
    out.first = static_cast<std::uint32_t>(arena_.size());
    rows_.append(state, block_, arena_);
    out.size = static_cast<std::uint32_t>(arena_.size()) - out.first;
    out.hash = 0;
    for (std::uint32_t i = 0; i < out.size; ++i)
      out.hash = mix(out.hash, arena_[out.first + i]);
  }

  [[nodiscard]] std::span<const std::uint32_t> row(std::uint32_t state) const {
    return {arena_.data() + signature_[state].first, signature_[state].size};
  }
  [[nodiscard]] bool same(std::uint32_t a, std::uint32_t b) const {
    const auto x = row(a), y = row(b);
    return signature_[a].hash == signature_[b].hash &&
           std::equal(x.begin(), x.end(), y.begin(), y.end());
  }
  [[nodiscard]] bool less(std::uint32_t a, std::uint32_t b) const {
    const auto x = row(a), y = row(b);
    return std::lexicographical_compare(x.begin(), x.end(), y.begin(), y.end());
  }

  // All rows are written with the numbers as they were when the round began; then blocks split.
  void round() {
    arena_.clear();
    std::vector<std::uint32_t> touched;
    for (const std::uint32_t s : dirty_) {
      is_dirty_[s] = 0;
      Block& b = blocks_[block_[s]];
      if (b.end - b.first < 2) continue;
      if (b.dirty == 0) touched.push_back(block_[s]);
      swap_to(s, b.first + b.dirty++);
      sign(s);
    }
    for (const std::uint32_t b : touched)
      if (blocks_[b].first + blocks_[b].dirty < blocks_[b].end)
        sign(order_[blocks_[b].first + blocks_[b].dirty]);
    dirty_.clear();
    moved_.clear();
    for (const std::uint32_t b : touched)
      split(b);
    for (const std::uint32_t s : moved_)
      for (std::uint32_t i = first_in_[s]; i < first_in_[s + 1]; ++i)
        if (is_dirty_[incoming_[i]] == 0) {
          is_dirty_[incoming_[i]] = 1;
          dirty_.push_back(incoming_[i]);
        }
  }

  void split(std::uint32_t number) {
    const Block whole = blocks_[number];
    blocks_[number].dirty = 0;
    const std::uint32_t middle = whole.first + whole.dirty;
    const std::uint32_t clean = middle == whole.end ? kNone : order_[middle];
    sorting_.clear();
    for (std::uint32_t i = whole.first; i < middle; ++i) {
      const std::uint32_t s = order_[i];
      sorting_.push_back({clean != kNone && same(s, clean), signature_[s].hash, s});
    }
    // Those equal to the clean members stand last, next to them.
    std::sort(sorting_.begin(), sorting_.end(), [&](const Sorted& a, const Sorted& b) {
      if (a.stays != b.stays) return b.stays;
      if (a.hash != b.hash) return a.hash < b.hash;
      return less(a.state, b.state);
    });
    for (std::uint32_t i = whole.first; i < middle; ++i) {
      order_[i] = sorting_[i - whole.first].state;
      place_[order_[i]] = i;
    }
    std::vector<std::uint32_t> starts{whole.first};
    for (std::uint32_t i = whole.first + 1; i < middle + (clean != kNone ? 1 : 0); ++i)
      if (!same(order_[i - 1], order_[i])) starts.push_back(i);
    if (starts.size() == 1) return;
    starts.push_back(whole.end);
    std::size_t largest = 0;
    for (std::size_t g = 1; g + 1 < starts.size(); ++g)
      if (starts[g + 1] - starts[g] > starts[largest + 1] - starts[largest]) largest = g;
    blocks_[number] = {starts[largest], starts[largest + 1], 0};
    for (std::size_t g = 0; g + 1 < starts.size(); ++g) {
      if (g == largest) continue;
      const auto fresh = static_cast<std::uint32_t>(blocks_.size());
      blocks_.push_back({starts[g], starts[g + 1], 0});
      for (std::uint32_t i = starts[g]; i < starts[g + 1]; ++i) {
        block_[order_[i]] = fresh;
        moved_.push_back(order_[i]);
      }
    }
  }

  const Dfa& dfa_;
  RowWriter rows_;
  std::vector<std::uint32_t> block_, order_, place_;
  std::vector<Block> blocks_;
  std::vector<std::uint32_t> first_in_, incoming_;  // predecessors
  std::vector<std::uint32_t> dirty_, moved_;
  std::vector<std::uint8_t> is_dirty_;
  std::vector<Signature> signature_;
  std::vector<std::uint32_t> arena_;
  std::vector<Sorted> sorting_;
};

}  // namespace

Dfa minimise(const Dfa& dfa) {
  const Partition partition(dfa);
  // Blocks in the order in which a depth-first walk meets them: what is read in a row lies in a row.
  RowWriter rows(dfa);
  std::vector<std::uint32_t> number(partition.count(), kNone), blocks, row;
  std::vector<std::uint32_t> todo{partition.block_of()[dfa.start]};
  while (!todo.empty()) {
    const std::uint32_t block = todo.back();
    todo.pop_back();
    if (number[block] != kNone) continue;
    number[block] = static_cast<std::uint32_t>(blocks.size());
    blocks.push_back(block);
    row.clear();
    rows.append(partition.member(block), partition.block_of(), row);
    todo.push_back(row[0]);
    for (std::size_t i = row.size(); i-- > 1;)
      todo.push_back(row[i] & 0xffffff);
  }
  Dfa out;
  out.kind = dfa.kind;
  for (const std::uint32_t block : blocks) {
    row.clear();
    rows.append(partition.member(block), partition.block_of(), row);
    out.first_edge.push_back(static_cast<std::uint32_t>(out.edges.size()));
    out.otherwise.push_back(number[row[0]]);
    out.outcome.push_back(dfa.outcome[partition.member(block)]);
    for (std::size_t i = 1; i < row.size(); ++i)
      out.edges.push_back({static_cast<std::uint8_t>(row[i] >> 24), number[row[i] & 0xffffff]});
  }
  out.first_edge.push_back(static_cast<std::uint32_t>(out.edges.size()));
  return out;
}

}  // namespace gatehouse::tables
