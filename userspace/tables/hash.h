// SPDX-License-Identifier: Apache-2.0
// One fast mixing step for the compiler's own tables. It must never decide equality by itself:
// whoever finds equal hashes compares the values.
#pragma once

#include <cstdint>

namespace gatehouse::tables {

constexpr std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
  return hash ^ (hash >> 29);
}

}  // namespace gatehouse::tables
