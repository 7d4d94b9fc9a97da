// SPDX-License-Identifier: Apache-2.0
// The subsets met so far, each with a number: how the construction knows that it has been here before.
// It must never give two numbers to one subset, nor one to two.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tables/subset.h"

namespace gatehouse::tables {

class StateTable {
 public:
  // `expected`: a guess, so that the table need not grow often.
  explicit StateTable(std::size_t expected);

  // A state of its own, which intern() never finds.
  std::uint32_t add(const Subset& subset);
  // The state of a reduced subset; new if size() grew.
  std::uint32_t intern(const Subset& subset);

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(keys_.size()); }
  [[nodiscard]] std::size_t items() const { return pool_.size(); }

  [[nodiscard]] std::uint32_t settled(std::uint32_t s) const { return pool_[keys_[s].first]; }
  [[nodiscard]] std::span<const Mark> lasting(std::uint32_t s) const {
    return {pool_.data() + keys_[s].first + 2, pool_[keys_[s].first + 1]};
  }
  [[nodiscard]] std::span<const std::uint32_t> nodes(std::uint32_t s) const {
    const std::uint32_t lasting = pool_[keys_[s].first + 1];
    return {pool_.data() + keys_[s].first + 2 + lasting, keys_[s].size - 2 - lasting};
  }

 private:
  struct Key {  // in pool_: settled, number of lasting marks, those, nodes
    std::size_t first;
    std::uint32_t size;
  };
  [[nodiscard]] std::uint64_t hash_of(std::uint32_t state) const;
  void grow();

  std::vector<std::uint32_t> pool_;
  std::vector<Key> keys_;
  std::vector<std::uint64_t> table_;  // open addressing: upper half of the hash, state
  std::size_t used_ = 0;
};

}  // namespace gatehouse::tables
