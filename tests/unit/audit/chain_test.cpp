// SPDX-License-Identifier: Apache-2.0
// What ends a line, against text that would look like it. It must never take an agent's words for a seal.
#include "audit/chain.h"

#include <gtest/gtest.h>

#include "audit/checkpoint.h"

namespace gatehouse::audit {
namespace {

TEST(Chain, a_sealed_line_comes_apart_as_it_was_put_together) {
  std::string line = R"({"a":1})";
  number(line, 42);
  const auto link = next_link({}, line);
  const auto text = line;
  seal(line, link);
  const auto sealed = unseal(line);
  ASSERT_TRUE(sealed);
  EXPECT_EQ(sealed->text, text);
  EXPECT_EQ(link_of(sealed->chain), link);
  EXPECT_TRUE(sealed->signature.empty());
  EXPECT_EQ(number_of(sealed->text), 42u);
}

TEST(Chain, a_signature_stands_after_the_link) {
  std::string line = "{}";
  number(line, 1);
  seal(line, {}, std::string(88, 'S'));
  const auto sealed = unseal(line);
  ASSERT_TRUE(sealed);
  EXPECT_EQ(sealed->signature, std::string(88, 'S'));
  EXPECT_EQ(link_of(sealed->chain), Link{});
}

TEST(Chain, words_of_an_agent_that_look_like_a_seal_are_none) {
  const std::string fake = ",\"chain\":\"" + std::string(44, 'A');
  EXPECT_FALSE(unseal("{\"object\":\"x" + fake + "\",\"more\":1}"));
  EXPECT_FALSE(unseal(fake));
  EXPECT_FALSE(unseal(""));
  EXPECT_EQ(number_of("{\"object\":\"record 7"), 0u);
  EXPECT_EQ(number_of("7"), 0u);
  EXPECT_EQ(number_of("{\"record\":99999999999999999999999"), 0u);
}

TEST(Chain, each_link_hangs_on_all_before) {
  const auto first = next_link({}, "a"), other = next_link({}, "b");
  EXPECT_NE(first, other);
  EXPECT_NE(next_link(first, "c"), next_link(other, "c"));
}

TEST(Checkpoint, comes_back_as_it_was_written) {
  Checkpoint checkpoint;
  checkpoint.time = 1'700'000'000'123'456'789;
  checkpoint.gate = "boot/7";
  checkpoint.oldest = 12;
  checkpoint.previous = next_link({}, "x");
  checkpoint.accounts = {{0, 9, {{3, 5}, {7, 8}}, 2, 4, 1}, {1, 0, {}, 0, 0, 0}};
  const auto back = checkpoint_of(to_json(checkpoint));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->time, checkpoint.time);
  EXPECT_EQ(back->gate, "boot/7");
  EXPECT_EQ(back->oldest, 12u);
  EXPECT_EQ(back->previous, checkpoint.previous);
  ASSERT_EQ(back->accounts.size(), 2u);
  EXPECT_EQ(back->accounts[0].next, 9u);
  ASSERT_EQ(back->accounts[0].missing.size(), 2u);
  EXPECT_EQ(back->accounts[0].missing[1].first, 7u);
  EXPECT_EQ(back->accounts[0].given_up, 2u);
  EXPECT_EQ(back->accounts[0].lost_events, 4u);
  EXPECT_EQ(back->accounts[0].lost_asks, 1u);
}

TEST(Checkpoint, of_any_other_shape_is_none) {
  for (const char* line :
       {"", "[]", "{}", R"({"type":"exec","cpus":[]})", R"({"type":"checkpoint"})",
        R"({"type":"checkpoint","cpus":[1]})", R"({"type":"checkpoint","cpus":[{"missing":[1]}]})",
        R"({"type":"checkpoint","cpus":[{"missing":[[1,-2]]}]})",
        R"({"type":"checkpoint","previous":"short","cpus":[]})"})
    EXPECT_FALSE(checkpoint_of(line)) << line;
}

}  // namespace
}  // namespace gatehouse::audit
