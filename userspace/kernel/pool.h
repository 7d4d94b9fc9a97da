// SPDX-License-Identifier: Apache-2.0
// Which numbers of a fixed pool are free, in ranges: first fit, neighbours joined.
// It must never hand out a number twice, and never one that it was not given.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

namespace gatehouse::kernel {

struct Range {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

class Pool {
 public:
  // Numbers 0 … size-1, all free.
  explicit Pool(std::uint32_t size);

  // `count` numbers in a row. Nothing when no hole is large enough. Zero of them: an empty range.
  std::optional<Range> take(std::uint32_t count);
  // That very range. False when a part of it is taken or it lies outside.
  bool claim(Range range);
  void give(Range range);

  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] std::uint32_t free() const { return free_; }
  [[nodiscard]] std::uint32_t largest() const;  // hole

 private:
  void cut(std::map<std::uint32_t, std::uint32_t>::iterator hole, Range range);

  std::map<std::uint32_t, std::uint32_t> holes_;  // first → count
  std::uint32_t size_, free_;
};

}  // namespace gatehouse::kernel
