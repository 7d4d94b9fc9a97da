// SPDX-License-Identifier: Apache-2.0
// One state's moves in the form that is the same for all states that move alike: the target of most
// bytes, then the bytes that differ. It must never depend on which target happened to be the default.
#pragma once

#include <cstdint>
#include <vector>

#include "tables/dfa.h"

namespace gatehouse::tables {

// Targets are named by `names` (a state's class, say). Out: the commonest name, the smaller one if two
// are equally common; then byte << 24 | name for each byte with another name, ascending. Names < 2^24.
class RowWriter {
 public:
  explicit RowWriter(const Dfa& dfa) : dfa_(dfa) {}
  void append(std::uint32_t state, const std::vector<std::uint32_t>& names,
              std::vector<std::uint32_t>& out);

 private:
  std::uint32_t commonest(std::uint32_t state, const std::vector<std::uint32_t>& names);

  const Dfa& dfa_;
  std::vector<std::uint32_t> scratch_;
};

}  // namespace gatehouse::tables
