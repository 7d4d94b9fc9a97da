// SPDX-License-Identifier: Apache-2.0
// The alphabet that patterns are written in once their text is gone: bytes, sets of bytes, loops.
// It must never know rules or verdicts: a pattern is only a sequence of labels here.
#pragma once

#include <bitset>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace gatehouse::tables {

using Label = std::uint32_t;
// 0..255 is that byte. The rest of one component, possibly nothing:
constexpr Label kStar = 256;
// Any number of whole components, when more follows. In the tree it is two nodes: kDeep loops, and
// kBelow stands at the start of each component below it.
constexpr Label kDeep = 257;
constexpr Label kBelow = 258;
// Everything from here on: the pattern has matched for good.
constexpr Label kTail = 259;
// In front of the name of an abstract unix socket, which is another root of the tree: '/' is a byte like
// others there, and kAll is any bytes.
constexpr Label kAbstract = 260;
constexpr Label kAll = 261;
// One byte of a set: kSets + number in the pool. The first set is "any byte that may stand here".
constexpr Label kSets = 512;
constexpr Label kAnyByte = kSets;

constexpr bool is_byte(Label label) { return label < 256; }
constexpr bool is_set(Label label) { return label >= kSets; }

using ByteSet = std::bitset<256>;

// Each distinct set once, as the list of its bytes. Number 0 is kAnyByte, whose list stays empty: the
// automaton treats it as its default, not byte by byte.
class SetPool {
 public:
  SetPool() : members_(1) {}
  Label intern(const ByteSet& set) {
    const auto [at, added] = numbers_.try_emplace(set, static_cast<Label>(kSets + members_.size()));
    if (added) {
      std::vector<std::uint8_t> bytes;
      for (unsigned b = 0; b < 256; ++b)
        if (set[b]) bytes.push_back(static_cast<std::uint8_t>(b));
      members_.push_back(std::move(bytes));
    }
    return at->second;
  }
  [[nodiscard]] const std::vector<std::uint8_t>& bytes(Label set) const {
    return members_[set - kSets];
  }

 private:
  std::vector<std::vector<std::uint8_t>> members_;
  std::unordered_map<ByteSet, Label> numbers_;
};

}  // namespace gatehouse::tables
