// SPDX-License-Identifier: Apache-2.0
// Tables at another place mean what they meant at zero, and broken ones are refused.
// It must never depend on what the compiler of policies makes.
#include "kernel/relocate.h"

#include <gtest/gtest.h>

#include "small_tables.h"

namespace gatehouse::kernel {
namespace {

const Placement kPlace = {{31, 4}, {700, 600}, {9, 2}};

TEST(Relocate, WalksAlikeAtItsPlace) {
  Page memory;
  const auto tables = small();
  ASSERT_TRUE(check_tables(tables));
  write_tables(tables, kPlace, memory.pools());
  EXPECT_TRUE(verify_tables(tables, kPlace, memory.pools()));
  std::uint32_t id = 31;
  for (const char c : std::string("aab")) {
    const auto state = memory.states[id];
    id = gh_next(id, state,
                 memory.transitions[gh_state_base(state) + static_cast<unsigned char>(c)]);
  }
  EXPECT_EQ(id, 33u);
  EXPECT_EQ(gh_state_flags(memory.states[id]), GH_STATE_FINAL);
  EXPECT_EQ(memory.outcomes[gh_state_outcome(memory.states[id])].cell[0].rule, 8);
}

TEST(Relocate, UnusedCellsStayNobodys) {
  Page memory;
  write_tables(small(), kPlace, memory.pools());
  for (std::uint32_t i = 700; i < 1300; i++) {
    const auto owner = static_cast<std::uint32_t>(memory.transitions[i]);
    EXPECT_TRUE(owner == GH_NO_STATE || (owner >= 31 && owner < 35)) << i;
  }
}

TEST(Relocate, WritesNothingOutsideItsRanges) {
  Page memory;
  write_tables(small(), kPlace, memory.pools());
  for (std::size_t i = 0; i < memory.states.size(); i++)
    EXPECT_EQ(memory.states[i] == 0xdeadbeefdeadbeef, i < 31 || i >= 35) << i;
  for (std::size_t i = 0; i < memory.transitions.size(); i++)
    EXPECT_EQ(memory.transitions[i] == 0xdeadbeefdeadbeef, i < 700 || i >= 1300) << i;
}

TEST(Relocate, EveryFlippedBitIsFoundWhenReadBack) {
  const auto tables = small();
  for (int bit = 0; bit < 64; bit++) {
    Page memory;
    write_tables(tables, kPlace, memory.pools());
    memory.states[32] ^= 1ull << bit;
    EXPECT_FALSE(verify_tables(tables, kPlace, memory.pools())) << "state bit " << bit;
    write_tables(tables, kPlace, memory.pools());
    memory.transitions[710 + 'b'] ^= 1ull << bit;
    EXPECT_FALSE(verify_tables(tables, kPlace, memory.pools())) << "transition bit " << bit;
  }
}

TEST(Relocate, RefusesTablesThatPointOutside) {
  const auto broken = [](auto change) {
    auto tables = small();
    change(tables);
    return !check_tables(tables).has_value();
  };
  EXPECT_TRUE(broken([](auto& t) { t.paths = 4; }));
  EXPECT_TRUE(broken([](auto& t) { t.endpoints = 4; }));
  EXPECT_TRUE(
      broken([](auto& t) { t.states[1] = gh_state_make(345, 0, 0, 0); }));  // 345 + 255 = 600
  EXPECT_FALSE(broken([](auto& t) { t.states[1] = gh_state_make(344, 0, 0, 0); }));
  EXPECT_TRUE(broken([](auto& t) { t.states[1] = gh_state_make(0, 4, 0, 0); }));
  EXPECT_TRUE(broken([](auto& t) { t.states[1] = gh_state_make(0, 0, 2, 0); }));
  EXPECT_TRUE(broken([](auto& t) { t.transitions[5] = gh_transition_make(4, 0); }));
  EXPECT_TRUE(broken([](auto& t) { t.transitions[5] = gh_transition_make(0, 4); }));
  EXPECT_TRUE(broken([](auto& t) { t.states.clear(); }));
}

}  // namespace
}  // namespace gatehouse::kernel
