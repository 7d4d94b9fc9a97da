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

TEST(Ledger, GoesOnFromTheAccountsOfAnEarlierOneAndTellsWhatThatOneNeverRecorded) {
  Ledger before;
  for (const std::uint64_t seq : {0, 1, 4})
    before.seen({seq, 1});
  const auto accounts = before.accounts();
  ASSERT_EQ(accounts.size(), 2u);
  EXPECT_EQ(accounts[1].next, 5u);
  ASSERT_EQ(accounts[1].missing.size(), 1u);
  EXPECT_EQ(accounts[1].missing[0].first, 2u);
  EXPECT_EQ(accounts[1].missing[0].past, 4u);

  const std::vector<gh_counters> now = {counters(0), counters(9, 1)};
  Ledger after(accounts, now);
  after.seen({3, 1});  // it still lay in the ring
  after.reconcile(now);
  const auto lost = after.reconcile(now);
  ASSERT_EQ(lost.size(), 2u);
  EXPECT_EQ(lost[0].ring, "events");
  EXPECT_EQ(lost[0].count, 1u);
  EXPECT_EQ(lost[1].ring, "unknown");
  EXPECT_EQ(lost[1].count, 4u);
  EXPECT_NE(lost[1].why.find("earlier controller"), std::string::npos);
  EXPECT_EQ(lost[1].among->first, 2u);
  EXPECT_EQ(lost[1].among->past, 9u);
}

TEST(Ledger, TakesWhatWasToldOutOfWhatIsMissingAndNothingElse) {
  Ledger ledger;
  for (const std::uint64_t seq : {0, 10, 20})
    ledger.seen({seq, 0});
  ledger.told({"store", 0, 3, "", Range{4, 7}});
  ledger.told({"events", 0, 2, "", Range{12, 25}});
  const auto account = ledger.accounts().at(0);
  std::string missing;
  for (const auto& range : account.missing)
    missing += std::to_string(range.first) + "-" + std::to_string(range.past) + " ";
  EXPECT_EQ(missing, "1-4 7-10 11-12 14-20 21-25 ");
  EXPECT_EQ(account.next, 25u);
  EXPECT_EQ(account.lost_events, 2u);
}

TEST(Ledger, IgnoresACpuNumberThatCannotBe) {
  Ledger ledger;
  ledger.seen({0, 0xffffffff});
  EXPECT_EQ(ledger.received(), 0u);
}

}  // namespace
}  // namespace gatehouse::events
