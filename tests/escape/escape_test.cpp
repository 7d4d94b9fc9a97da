// SPDX-License-Identifier: Apache-2.0
// Nothing gets out: what all attempts together must come to, confined and bare, and what must be seen from
// outside. A test must never pass when its run was not complete.
#include <gtest/gtest.h>

#include <sstream>

#include "run.h"

namespace gatehouse::escape {
namespace {

std::size_t count(const Run& run, const std::string& word) {
  return run.by.contains(word) ? run.by.at(word).size() : 0;
}

std::string list(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines)
    text += "\n  " + line;
  return text;
}

std::string list(const Run& run, const std::string& word) {
  return run.by.contains(word) ? list(run.by.at(word)) : "";
}

class Escape : public ::testing::TestWithParam<const Actor*> {
 protected:
  [[nodiscard]] static const Actor& actor() { return *GetParam(); }
};

TEST_P(Escape, ConfinedEveryAttemptIsMadeToItsEnd) {
  const auto& run = confined(actor());
  EXPECT_TRUE(run.complete) << run.errors;
  EXPECT_EQ(run.status, 0) << run.errors;
  EXPECT_EQ(count(run, "HUNG"), 0u) << list(run, "HUNG");
  EXPECT_EQ(count(run, "BROKEN"), 0u) << list(run, "BROKEN");
  EXPECT_GE(run.said.size(), 150u);
}

TEST_P(Escape, ConfinedNothingGetsOut) {
  const auto& run = confined(actor());
  ASSERT_TRUE(run.complete) << run.errors;
  EXPECT_EQ(count(run, "ESCAPED"), 0u) << list(run, "ESCAPED");
}

TEST_P(Escape, ConfinedNothingIsSkippedThatCanBeTriedBare) {
  const auto& run = confined(actor());
  const auto& control = bare(actor());
  ASSERT_TRUE(run.complete && control.complete);
  for (const auto& [name, line] : run.said)
    if (line.starts_with("SKIP")) {
      EXPECT_TRUE(control.said.contains(name) && control.said.at(name).starts_with("SKIP"))
          << line << "; bare: " << control.said.at(name);
    }
}

TEST_P(Escape, ConfinedTheCanariesAreUntouchedAndTheEarsHeardNothing) {
  const auto& run = confined(actor());
  ASSERT_TRUE(run.complete) << run.errors;
  EXPECT_TRUE(run.touched.empty()) << list(run.touched);
}

TEST_P(Escape, ConfinedNoTaskIsEverOutsideOfTheCgroupOfItsSession) {
  const auto& run = confined(actor());
  ASSERT_TRUE(run.complete) << run.errors;
  EXPECT_TRUE(run.strays.empty()) << list(run.strays);
}

TEST_P(Escape, ConfinedNothingIsLeftBehind) {
  const auto& run = confined(actor());
  ASSERT_TRUE(run.complete) << run.errors;
  EXPECT_TRUE(run.left.empty()) << list(run.left);
}

TEST_P(Escape, BareEveryAttemptIsMadeToItsEndAndPutsTheWorldBack) {
  const auto& run = bare(actor());
  EXPECT_TRUE(run.complete) << run.errors;
  EXPECT_EQ(count(run, "HUNG"), 0u) << list(run, "HUNG");
  EXPECT_EQ(count(run, "BROKEN"), 0u) << list(run, "BROKEN");
  EXPECT_TRUE(run.left.empty()) << list(run.left);
  for (const auto& [name, line] : run.said) {
    EXPECT_EQ(line.find("NOT PUT BACK"), std::string::npos) << line;
  }
}

// The control: an attempt that never succeeds proves nothing.
TEST_P(Escape, BareNineInTenGetOut) {
  const auto& run = bare(actor());
  ASSERT_TRUE(run.complete) << run.errors;
  const auto tried = run.said.size() - count(run, "SKIP");
  EXPECT_GE(tried, 150u);
  EXPECT_GE(count(run, "ESCAPED") * 10, tried * 9) << list(run, "CONTAINED");
}

INSTANTIATE_TEST_SUITE_P(Of, Escape, ::testing::Values(&root_actor(), &user_actor()),
                         [](const auto& one) { return one.param->name; });

}  // namespace
}  // namespace gatehouse::escape
