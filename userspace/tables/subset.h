// SPDX-License-Identifier: Apache-2.0
// The places in the tree where a reader of bytes may be at once, reduced to those that can still
// matter. It must never keep two forms of the same situation if it can tell cheaply.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tables/judge.h"
#include "tables/tree.h"

namespace gatehouse::tables {

struct Subset {
  std::vector<std::uint32_t> nodes;  // of the tree
  std::vector<Mark> lasting;         // marks that hold whatever follows, yet undecided
  std::uint32_t settled = Judge::kNothing;

  bool operator==(const Subset&) const = default;
  void clear() {
    nodes.clear();
    lasting.clear();
  }
};

class Reducer {
 public:
  Reducer(const Tree& tree, Judge& judge) : tree_(tree), judge_(judge) {}

  // Adds `node` and what is entered with it.
  void enter(Subset& subset, std::uint32_t node) const;
  // Sorted, without what can no longer matter, lasting rules settled where nothing can undo them.
  void reduce(Subset& subset);
  // Rules that apply here besides those settled.
  void applicable(std::span<const std::uint32_t> nodes, std::span<const Mark> lasting,
                  std::vector<std::uint32_t>& out);

  // So many nodes and marks were looked at.
  [[nodiscard]] std::size_t work() const { return work_; }

 private:
  [[nodiscard]] bool reachable(const Subset& subset, Mark mark);
  [[nodiscard]] bool pointless(const Subset& subset, std::uint32_t node);
  bool settle_lasting(Subset& subset);

  const Tree& tree_;
  Judge& judge_;
  std::vector<Mark> scratch_;
  std::size_t work_ = 0;
};

}  // namespace gatehouse::tables
