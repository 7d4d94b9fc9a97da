// SPDX-License-Identifier: Apache-2.0
// The allocator of table ranges: never twice, never outside, holes join.
// It must never need a kernel.
#include "kernel/pool.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace gatehouse::kernel {
namespace {

TEST(Pool, GivesRangesInOrderUntilFull) {
  Pool pool(10);
  EXPECT_EQ(pool.take(4)->first, 0u);
  EXPECT_EQ(pool.take(6)->first, 4u);
  EXPECT_FALSE(pool.take(1));
  EXPECT_EQ(pool.free(), 0u);
}

TEST(Pool, NothingNeedsNoRoom) {
  Pool pool(0);
  EXPECT_EQ(pool.take(0)->count, 0u);
  EXPECT_FALSE(pool.take(1));
  pool.give({0, 0});
  EXPECT_EQ(pool.free(), 0u);
}

TEST(Pool, FreeButNotInARowIsRefused) {
  Pool pool(9);
  const auto a = pool.take(3), b = pool.take(3), c = pool.take(3);
  pool.give(*a);
  pool.give(*c);
  EXPECT_EQ(pool.free(), 6u);
  EXPECT_EQ(pool.largest(), 3u);
  EXPECT_FALSE(pool.take(4));
  pool.give(*b);
  EXPECT_EQ(pool.largest(), 9u);
  EXPECT_TRUE(pool.take(9));
}

TEST(Pool, ClaimsOnlyWhatIsFree) {
  Pool pool(10);
  EXPECT_TRUE(pool.claim({2, 3}));
  EXPECT_FALSE(pool.claim({4, 2}));
  EXPECT_FALSE(pool.claim({8, 3}));
  EXPECT_FALSE(pool.claim({0xfffffff0u, 0x20}));
  EXPECT_TRUE(pool.claim({5, 5}));
  EXPECT_EQ(pool.take(2)->first, 0u);
  EXPECT_FALSE(pool.take(1));
}

TEST(PoolDeathTest, GivingTwiceIsOurBug) {
  Pool pool(10);
  const auto range = pool.take(5);
  pool.give(*range);
  EXPECT_DEATH(pool.give(*range), "");
  EXPECT_DEATH(pool.give({8, 5}), "");
}

TEST(Pool, NoNumberIsEverHeldTwice) {
  std::mt19937 random(7);
  Pool pool(1000);
  std::vector<int> held(1000, 0);
  std::vector<Range> ranges;
  for (int step = 0; step < 20000; step++) {
    if (random() % 2 == 0 || ranges.empty()) {
      const auto range = pool.take(static_cast<std::uint32_t>(random() % 60));
      if (!range) continue;
      for (std::uint32_t i = 0; i < range->count; i++)
        ASSERT_EQ(held[range->first + i]++, 0);
      ranges.push_back(*range);
    } else {
      std::swap(ranges[random() % ranges.size()], ranges.back());
      for (std::uint32_t i = 0; i < ranges.back().count; i++)
        held[ranges.back().first + i]--;
      pool.give(ranges.back());
      ranges.pop_back();
    }
    std::uint32_t free = 0;
    for (const int h : held)
      free += h == 0 ? 1 : 0;
    ASSERT_EQ(pool.free(), free);
  }
  for (const Range range : ranges)
    pool.give(range);
  EXPECT_EQ(pool.largest(), 1000u);
}

}  // namespace
}  // namespace gatehouse::kernel
