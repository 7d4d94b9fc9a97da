// SPDX-License-Identifier: Apache-2.0
// Nothing breaks that the policy allows: each case comes out confined as it does bare. A case must never
// pass when it failed bare, for then nothing was compared.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "run.h"

namespace gatehouse::compat {

// For GoogleTest, which would print bytes.
void PrintTo(const Case& one, std::ostream* out);
void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

namespace {

using ::testing::HasSubstr;

class Compat : public ::testing::TestWithParam<Case> {};

TEST_P(Compat, ComesOutConfinedAsItDoesBare) {
  const auto& one = GetParam();
  ASSERT_FALSE(one.proves.empty()) << one.script << " does not say what it proves";
  const auto control = bare(one);
  ASSERT_EQ(control.status, 0) << control.output;
  EXPECT_TRUE(control.left.empty()) << control.left[0];
  const auto run = confined(one);
  const auto seen = difference(control, run);
  EXPECT_TRUE(seen.empty()) << seen << run.errors;
  EXPECT_EQ(unexpected(one.asked, run.asked), "");
  EXPECT_EQ(unexpected(one.denied, run.denied), "");
  std::cout << one.name << ": bare " << control.seconds << " s, confined " << run.seconds << " s, "
            << run.asked.size() << " asked, " << run.denied.size() << " denied" << std::endl;
}

INSTANTIATE_TEST_SUITE_P(Case, Compat, ::testing::ValuesIn(cases_of("cases")), [](const auto& one) {
  std::string name = one.param.name;
  for (char& letter : name)
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0) letter = '_';
  return name;
});

// The control of all cases: what is denied shows in each of the things that are compared.
TEST(CompatControl, SeesWhatIsDeniedInEachThingThatItCompares) {
  const auto all = cases_of("controls");
  ASSERT_EQ(all.size(), 1u);
  const auto free = bare(all[0]);
  ASSERT_EQ(free.status, 0) << free.output;
  const auto run = confined(all[0]);
  const auto seen = difference(free, run);
  for (const char* part :
       {"status:", "output:", "files:", "+cat: ", "-a secret", "-/srv/compat/home/notes "})
    EXPECT_THAT(seen, HasSubstr(part));
  EXPECT_EQ(unexpected(all[0].denied, run.denied), "");
}

}  // namespace
}  // namespace gatehouse::compat
