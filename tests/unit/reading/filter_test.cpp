// SPDX-License-Identifier: Apache-2.0
// One condition at a time, and all that is wrong with a filter at once. It must never ask the clock.
#include "reading/filter.h"

#include <gtest/gtest.h>

#include "reading/instant.h"
#include "sample.h"

namespace gatehouse::reading {
namespace {

constexpr std::int64_t kNow = 1'700'000'060'000'000'000;  // a minute after the samples
const policy::Context kContext{"/srv/app", "/home/dev", {}};

std::optional<Filter> made(const Wanted& wanted) {
  Diagnostics diagnostics;
  auto filter = Filter::make(wanted, kContext, kNow, diagnostics);
  EXPECT_TRUE(filter) << render(diagnostics);
  return filter;
}

bool passes(const Wanted& wanted, const events::Event& event) {
  auto filter = made(wanted);
  return filter && filter->passes(event);
}

const events::Event kDenied = decided(GH_READ, "/home/dev/.ssh/id", GH_DENY, "secrets");

TEST(Filter, ASessionIsFoundByNameAndByNumber) {
  EXPECT_TRUE(passes({.session = "night-shift"}, kDenied));
  EXPECT_TRUE(passes({.session = "3"}, kDenied));
  EXPECT_FALSE(passes({.session = "night"}, kDenied));
}

TEST(Filter, VerdictsAccessesRulesAndTypesAreAnyOfTheirLists) {
  EXPECT_TRUE(passes({.verdicts = {"kill", "deny"}}, kDenied));
  EXPECT_FALSE(passes({.verdicts = {"allow"}}, kDenied));
  EXPECT_TRUE(passes({.accesses = {"write", "read"}}, kDenied));
  EXPECT_FALSE(passes({.accesses = {"write"}}, kDenied));
  EXPECT_TRUE(passes({.rules = {"x", "secrets"}}, kDenied));
  EXPECT_FALSE(passes({.rules = {"x"}}, kDenied));
  EXPECT_TRUE(passes({.types = {"decision"}}, kDenied));
  EXPECT_FALSE(passes({.types = {"ask"}}, kDenied));
}

TEST(Filter, AToolCallIsFoundByItsIdAndWhatCanBelongToItToo) {
  auto event = kDenied;
  EXPECT_FALSE(passes({.call = "toolu_1"}, event));
  event.process.claimed = {{"tool_call_id", "toolu_1"}};
  EXPECT_TRUE(passes({.call = "toolu_1"}, event));
  EXPECT_FALSE(passes({.call = "toolu_"}, event));
  event.process.claimed = {{"tool_call_candidates", "toolu_2 toolu_1"}};
  EXPECT_TRUE(passes({.call = "toolu_1"}, event));
  EXPECT_FALSE(Wanted{.call = "x"}.everything());
}

TEST(Filter, WhatHasNoSuchPartNeverPasses) {
  const auto fork = forked(100, 1000, 101, 1001);
  EXPECT_FALSE(passes({.verdicts = {"deny"}}, fork));
  EXPECT_FALSE(passes({.accesses = {"read"}}, fork));
  EXPECT_FALSE(passes({.paths = {"/**"}}, fork));
  EXPECT_TRUE(passes({}, fork));
}

TEST(Filter, PathsAreGlobsOfAPolicy) {
  EXPECT_TRUE(passes({.paths = {"~/.ssh/**"}}, kDenied));
  EXPECT_TRUE(passes({.paths = {"/nothing", "**/id"}}, kDenied));
  EXPECT_FALSE(passes({.paths = {"~/.ssh/*/x"}}, kDenied));
  EXPECT_FALSE(passes({.paths = {"/home/dev/.ssh"}}, kDenied)) << "the folder is not what is in it";
  EXPECT_TRUE(passes({.paths = {"${workspace}/{a,b}"}}, decided(GH_WRITE, "/srv/app/b", GH_ALLOW)));
  EXPECT_FALSE(passes({.paths = {"/**"}}, decided(GH_PRIVILEGE, "mount", GH_DENY)));
}

TEST(Filter, TimesAreAbsoluteOrAgo) {
  EXPECT_TRUE(passes({.since = "2m"}, kDenied));
  EXPECT_FALSE(passes({.since = "30s"}, kDenied));
  EXPECT_TRUE(passes({.until = "30s"}, kDenied));
  EXPECT_TRUE(passes({.since = "2023-11-14T22:13:20Z"}, kDenied));
  EXPECT_FALSE(passes({.since = "2023-11-14T22:13:20.000000001Z"}, kDenied));
  EXPECT_TRUE(passes({.until = "2023-11-14T23:13:20+01:00"}, kDenied));
}

TEST(Filter, EveryMistakeIsSaidAtOnceWithItsOption) {
  Diagnostics diagnostics;
  EXPECT_FALSE(Filter::make({.verdicts = {"no"},
                             .accesses = {"look"},
                             .paths = {"relative", "/a/**/[z"},
                             .types = {"x"},
                             .since = "yesterday",
                             .tree = true},
                            kContext, kNow, diagnostics));
  std::string options;
  for (const auto& one : diagnostics.all()) {
    options += one.pointer + " ";
    EXPECT_FALSE(one.message.empty());
  }
  for (const char* option : {"--verdict", "--access", "--path", "--type", "--since", "--tree"})
    EXPECT_NE(options.find(option), std::string::npos) << option << " in " << options;
}

TEST(Instant, IsATimeOrHowLongAgo) {
  for (const char* text : {"", "10", "m", "10 m", "-1m", "1.5h", "2026-01-31T12:00:00",
                           "99999999999999999999d", "9223372036854775807d"})
    EXPECT_FALSE(parse_instant(text, kNow)) << text;
  EXPECT_EQ(parse_instant("1970-01-01T00:00:01.5Z", kNow), 1'500'000'000);
  EXPECT_EQ(parse_instant("1d", 0), -86'400'000'000'000);
}

TEST(Family, GrowsByForksAndKeepsWhoHasGone) {
  Family family(100, true);
  EXPECT_TRUE(family.takes(forked(100, 1000, 101, 1001)));
  EXPECT_TRUE(family.takes(forked(101, 1001, 102, 1002)));
  EXPECT_TRUE(family.takes(at_process(102, 1002, 1))) << "its parent is gone, and it is still ours";
  EXPECT_FALSE(family.takes(at_process(200, 2000, 1)));
  auto exit = at_process(102, 1002);
  exit.body = events::Exit{0};
  EXPECT_TRUE(family.takes(exit));
  EXPECT_TRUE(family.takes(at_process(102, 1002))) << "a line that came late";
  EXPECT_FALSE(family.takes(at_process(102, 9999))) << "another process of that pid";
  EXPECT_FALSE(family.takes(at_process(300, 3000, 102))) << "and a child of that one";
}

TEST(Family, AChildIsKnownByItsParentWhenTheForkComesLater) {
  Family family(100, true);
  EXPECT_TRUE(family.takes(at_process(101, 1001, 100)));
  EXPECT_TRUE(family.takes(at_process(102, 1002, 101)));
  Family alone(100, false);
  EXPECT_FALSE(alone.takes(at_process(101, 1001, 100)));
  EXPECT_TRUE(alone.takes(at_process(100, 1)));
}

}  // namespace
}  // namespace gatehouse::reading
