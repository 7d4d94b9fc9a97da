// SPDX-License-Identifier: Apache-2.0
// Equal tables lie in the pools once, as long as anybody lies there. The pools are made up here.
#include "kernel/placements.h"

#include <gtest/gtest.h>

#include "small_tables.h"

namespace gatehouse::kernel {
namespace {

// Which differ by their last verdict.
tables::Tables with(gh_verdict verdict) {
  auto tables = small();
  tables.outcomes[1].cell[0].verdict = static_cast<__u8>(verdict);
  tables.digest = static_cast<std::uint64_t>(verdict) + 1;
  return tables;
}

class PlacementsTest : public ::testing::Test {
 protected:
  Page page_;
  const Pools pools_ = page_.pools();
  Placements placements_;
  const std::uint32_t all_ = placements_.free_states();
};

TEST_F(PlacementsTest, equal_tables_share_a_place_until_the_last_has_gone) {
  const auto first = placements_.take(with(GH_DENY), pools_),
             second = placements_.take(with(GH_DENY), pools_);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->states.first, second->states.first);
  EXPECT_EQ(placements_.free_states(), all_ - 4);
  placements_.give(*first);
  EXPECT_EQ(placements_.free_states(), all_ - 4) << "the other one still lies there";
  placements_.give(*second);
  EXPECT_EQ(placements_.free_states(), all_);
}

TEST_F(PlacementsTest, a_digest_alone_does_not_make_tables_equal) {
  auto other = with(GH_ALLOW);
  const auto first = placements_.take(with(GH_DENY), pools_);
  other.digest = with(GH_DENY).digest;
  const auto second = placements_.take(other, pools_);
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->states.first, second->states.first);
}

TEST_F(PlacementsTest, what_was_damaged_in_the_pools_is_not_shared) {
  const auto first = placements_.take(with(GH_DENY), pools_);
  ASSERT_TRUE(first);
  page_.outcomes[first->outcomes.first].cell[0].verdict = GH_ALLOW;
  const auto second = placements_.take(with(GH_DENY), pools_);
  ASSERT_TRUE(second);
  EXPECT_NE(first->outcomes.first, second->outcomes.first);
}

TEST_F(PlacementsTest, what_is_found_in_the_kernel_is_shared_or_apart_and_never_overlaps) {
  const Placement found{{10, 4}, {100, 300}, {2, 1}};
  EXPECT_TRUE(placements_.claim(found, 7));
  EXPECT_TRUE(placements_.claim(found, 7)) << "by a second session";
  EXPECT_FALSE(placements_.claim({{12, 4}, {1000, 300}, {9, 1}}, 8)) << "states overlap";
  EXPECT_FALSE(placements_.claim(found, 8)) << "other tables cannot lie there";
  placements_.give(found);
  placements_.give(found);
  EXPECT_TRUE(placements_.claim(found, 8));
}

}  // namespace
}  // namespace gatehouse::kernel
