// SPDX-License-Identifier: Apache-2.0
// How losses are found and never invented. It must never depend on the order in which rings are read.
#include "events/ledger.h"

#include <gtest/gtest.h>

#include <numeric>

namespace gatehouse::events {
namespace {

gh_counters counters(std::uint64_t seq, std::uint64_t lost_events = 0,
                     std::uint64_t lost_asks = 0) {
  return {seq, lost_events, lost_asks, 0};
}

std::uint64_t total(const std::vector<EventsLost>& lost) {
  return std::accumulate(lost.begin(), lost.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const EventsLost& e) { return sum + e.count; });
}

TEST(Ledger, ReportsNothingWhenEverythingCame) {
  Ledger ledger;
  for (std::uint64_t seq = 0; seq < 100; ++seq) {
    ledger.seen({seq, 0});
    ledger.seen({seq, 1});
  }
  const std::vector<gh_counters> now = {counters(100), counters(100)};
  EXPECT_TRUE(ledger.reconcile(now).empty());
  EXPECT_TRUE(ledger.reconcile(now).empty());
  EXPECT_EQ(ledger.received(), 200u);
}

TEST(Ledger, ReportsAGapOnlyWhenItIsStillThereAtTheSecondLook) {
  Ledger ledger;
  ledger.seen({0, 0});
  ledger.seen({3, 0});
  const std::vector<gh_counters> now = {counters(4, 2)};
  EXPECT_TRUE(ledger.reconcile(now).empty());
  const auto lost = ledger.reconcile(now);
  ASSERT_EQ(lost.size(), 1u);
  EXPECT_EQ(lost[0].ring, "events");
  EXPECT_EQ(lost[0].cpu, 0u);
  EXPECT_EQ(lost[0].count, 2u);
  EXPECT_TRUE(ledger.reconcile(now).empty()) << "a loss is told once";
}

TEST(Ledger, TakesBackASuspicionWhenTheEventComesLate) {
  Ledger ledger;
  ledger.seen({1, 0});
  const std::vector<gh_counters> now = {counters(2)};
  EXPECT_TRUE(ledger.reconcile(now).empty());
  ledger.seen({0, 0});
  EXPECT_TRUE(ledger.reconcile(now).empty());
  EXPECT_EQ(ledger.lost(), 0u);
}

TEST(Ledger, DoesNotMindThatTwoRingsOfOneCpuAreReadOneAfterTheOther) {
  Ledger ledger;
  for (std::uint64_t seq = 1; seq < 1000; seq += 2) {
    ledger.seen({seq, 0});
  }
  for (std::uint64_t seq = 0; seq < 1000; seq += 2) {
    ledger.seen({seq, 0});
  }
  const std::vector<gh_counters> now = {counters(1000)};
  ledger.reconcile(now);
  EXPECT_TRUE(ledger.reconcile(now).empty());
  EXPECT_EQ(ledger.twice_or_late(), 0u);
}

TEST(Ledger, FindsThatTheVeryLastEventsAreMissing) {
  Ledger ledger;
  ledger.seen({0, 0});
  const std::vector<gh_counters> now = {counters(6, 3, 2)};
  ledger.reconcile(now);
  const auto lost = ledger.reconcile(now);
  ASSERT_EQ(lost.size(), 2u);
  EXPECT_EQ(lost[0].ring, "asks");
  EXPECT_EQ(lost[0].count, 2u);
  EXPECT_EQ(lost[1].ring, "events");
  EXPECT_EQ(lost[1].count, 3u);
}

TEST(Ledger, NamesALossThatTheKernelDidNotCount) {
  Ledger ledger;
  ledger.seen({5, 0});
  const std::vector<gh_counters> now = {counters(6, 1)};
  ledger.reconcile(now);
  const auto lost = ledger.reconcile(now);
  ASSERT_EQ(lost.size(), 2u);
  EXPECT_EQ(lost[1].ring, "unknown");
  EXPECT_EQ(total(lost), 5u);
}

TEST(Ledger, CountsDuplicatesWithoutMistakingThemForLosses) {
  Ledger ledger;
  ledger.seen({0, 0});
  ledger.seen({0, 0});
  ledger.seen({1, 0});
  const std::vector<gh_counters> now = {counters(2)};
  ledger.reconcile(now);
  EXPECT_TRUE(ledger.reconcile(now).empty());
  EXPECT_EQ(ledger.twice_or_late(), 1u);
}

TEST(Ledger, StartsFromTheCountersOfAnAdoptedKernelSide) {
  const std::vector<gh_counters> before = {counters(1000, 17)};
  Ledger ledger(before);
  ledger.seen({1000, 0});
  const std::vector<gh_counters> now = {counters(1002, 18)};
  ledger.reconcile(now);
  const auto lost = ledger.reconcile(now);
  ASSERT_EQ(lost.size(), 1u);
  EXPECT_EQ(lost[0].count, 1u);
}

TEST(Ledger, KeepsABoundedNumberOfGapsAndStillCountsAll) {
  Ledger ledger;
  const std::uint64_t last = 2 * (Ledger::kMostGaps + 500);
  for (std::uint64_t seq = 1; seq < last; seq += 2) {
    ledger.seen({seq, 0});
  }
  const std::vector<gh_counters> now = {counters(last, last / 2)};
  std::uint64_t lost = total(ledger.reconcile(now));
  lost += total(ledger.reconcile(now));
  EXPECT_EQ(lost, last / 2);
}

TEST(Ledger, IgnoresACpuNumberThatCannotBe) {
  Ledger ledger;
  ledger.seen({0, 0xffffffff});
  EXPECT_EQ(ledger.received(), 0u);
}

}  // namespace
}  // namespace gatehouse::events
