// SPDX-License-Identifier: Apache-2.0
// The holes of a pool, ordered by their first number.
// It must never let two holes touch: they are one.
#include "kernel/pool.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>

namespace gatehouse::kernel {

Pool::Pool(std::uint32_t size) : size_(size), free_(size) {
  if (size != 0) holes_.emplace(0, size);
}

void Pool::cut(std::map<std::uint32_t, std::uint32_t>::iterator hole, Range range) {
  const std::uint32_t first = hole->first, end = hole->first + hole->second;
  holes_.erase(hole);
  if (range.first > first) holes_.emplace(first, range.first - first);
  if (range.first + range.count < end)
    holes_.emplace(range.first + range.count, end - range.first - range.count);
  free_ -= range.count;
}

std::optional<Range> Pool::take(std::uint32_t count) {
  if (count == 0) return Range{};
  const auto hole =
      std::find_if(holes_.begin(), holes_.end(), [&](const auto& h) { return h.second >= count; });
  if (hole == holes_.end()) return std::nullopt;
  const Range range = {hole->first, count};
  cut(hole, range);
  return range;
}

bool Pool::claim(Range range) {
  if (range.count == 0) return true;
  auto hole = holes_.upper_bound(range.first);
  if (hole == holes_.begin()) return false;
  hole = std::prev(hole);
  const std::uint64_t hole_end = std::uint64_t{hole->first} + hole->second;
  if (std::uint64_t{range.first} + range.count > hole_end) return false;
  cut(hole, range);
  return true;
}

void Pool::give(Range range) {
  if (range.count == 0) return;
  const auto after = holes_.lower_bound(range.first);
  const auto overlaps = [](Range a, std::uint32_t first, std::uint32_t count) {
    return a.first < first + count && first < a.first + a.count;
  };
  if (range.first + range.count > size_ ||
      (after != holes_.end() && overlaps(range, after->first, after->second)) ||
      (after != holes_.begin() &&
       overlaps(range, std::prev(after)->first, std::prev(after)->second)))
    std::abort();  // our bug: it was free already
  free_ += range.count;
  if (after != holes_.end() && range.first + range.count == after->first) {
    range.count += after->second;
    holes_.erase(after);
  }
  const auto next = holes_.lower_bound(range.first);
  if (next != holes_.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second == range.first) {
      before->second += range.count;
      return;
    }
  }
  holes_.emplace(range.first, range.count);
}

std::uint32_t Pool::largest() const {
  std::uint32_t most = 0;
  for (const auto& [first, count] : holes_)
    most = std::max(most, count);
  return most;
}

}  // namespace gatehouse::kernel
