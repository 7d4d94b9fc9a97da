// SPDX-License-Identifier: Apache-2.0
// Subset → number, by open addressing over one flat pool. It must never trust a hash: equal means
// equal word for word.
#include "tables/states.h"

#include <algorithm>
#include <bit>

#include "tables/hash.h"

namespace gatehouse::tables {
namespace {

constexpr std::uint64_t kEmpty = ~std::uint64_t{0};
constexpr std::uint64_t kUpper = ~std::uint64_t{0xffffffff};

}  // namespace

StateTable::StateTable(std::size_t expected)
    : table_(std::bit_ceil(std::min(2 * expected, std::size_t{1} << 20) + 1024), kEmpty) {}

std::uint32_t StateTable::add(const Subset& subset) {
  const std::size_t words = 2 + subset.lasting.size() + subset.nodes.size();
  keys_.push_back({pool_.size(), static_cast<std::uint32_t>(words)});
  pool_.push_back(subset.settled);
  pool_.push_back(static_cast<std::uint32_t>(subset.lasting.size()));
  pool_.insert(pool_.end(), subset.lasting.begin(), subset.lasting.end());
  pool_.insert(pool_.end(), subset.nodes.begin(), subset.nodes.end());
  return size() - 1;
}

std::uint64_t StateTable::hash_of(std::uint32_t state) const {
  std::uint64_t h = 1;
  for (std::uint32_t i = 0; i < keys_[state].size; ++i)
    h = mix(h, pool_[keys_[state].first + i]);
  return h;
}

std::uint32_t StateTable::intern(const Subset& subset) {
  const std::uint32_t fresh = add(subset);
  const Key key = keys_[fresh];
  const std::uint64_t hash = hash_of(fresh);
  std::size_t at = hash & (table_.size() - 1);
  for (; table_[at] != kEmpty; at = (at + 1) & (table_.size() - 1)) {
    if (((table_[at] ^ hash) & kUpper) != 0) continue;
    const auto old = static_cast<std::uint32_t>(table_[at]);
    const auto* first = pool_.data() + keys_[old].first;
    if (keys_[old].size == key.size &&
        std::equal(first, first + key.size, pool_.data() + key.first)) {
      pool_.resize(key.first);
      keys_.pop_back();
      return old;
    }
  }
  table_[at] = (hash & kUpper) | fresh;
  if (++used_ * 2 > table_.size()) grow();
  return fresh;
}

void StateTable::grow() {
  std::vector<std::uint64_t> old(table_.size() * 2, kEmpty);
  old.swap(table_);
  for (const std::uint64_t entry : old) {
    if (entry == kEmpty) continue;
    std::size_t at = hash_of(static_cast<std::uint32_t>(entry)) & (table_.size() - 1);
    while (table_[at] != kEmpty)
      at = (at + 1) & (table_.size() - 1);
    table_[at] = entry;
  }
}

}  // namespace gatehouse::tables
