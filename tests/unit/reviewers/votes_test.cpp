// SPDX-License-Identifier: Apache-2.0
// The two-person rule: two uids, never one twice, and the narrower of what they said.
#include "reviewers/votes.h"

#include <gtest/gtest.h>

namespace gatehouse::reviewers {
namespace {

using By = events::Approver::Kind;
using Outcome = Votes::Outcome;

Vote person(std::uint32_t uid, int scope = GH_SCOPE_ONCE, std::uint64_t for_ms = 0) {
  Vote vote;
  vote.by.kind = By::person;
  vote.by.uid = uid;
  vote.by.pid = 100 + uid;
  vote.scope = scope;
  vote.for_ms = for_ms;
  return vote;
}

Vote program(By kind, const std::string& name) {
  Vote vote = person(1000);
  vote.by.kind = kind;
  vote.by.name = name;
  return vote;
}

TEST(Votes, one_is_enough_where_one_is_wanted) {
  Votes votes;
  Vote vote = person(1000);
  EXPECT_EQ(votes.cast(1, 1, vote), Outcome::enough);
}

TEST(Votes, the_same_uid_does_not_count_twice_whatever_its_process) {
  Votes votes;
  Vote first = person(1000), second = person(1000), other = person(1001);
  second.by.pid = 4711;
  second.by.comm = "another";
  EXPECT_EQ(votes.cast(1, 2, first), Outcome::more);
  EXPECT_EQ(votes.cast(1, 2, second), Outcome::again);
  EXPECT_EQ(votes.of(1).size(), 1u);
  EXPECT_EQ(votes.cast(1, 2, other), Outcome::enough);
}

TEST(Votes, what_comes_out_is_the_narrower) {
  Votes votes;
  Vote first = person(1, GH_SCOPE_SESSION, 60'000), second = person(2, GH_SCOPE_PROCESS);
  votes.cast(1, 2, first);
  ASSERT_EQ(votes.cast(1, 2, second), Outcome::enough);
  EXPECT_EQ(second.scope, GH_SCOPE_PROCESS);
  EXPECT_EQ(second.for_ms, 60'000u);
}

TEST(Votes, programs_are_told_apart_by_name_and_from_people) {
  Votes votes;
  Vote triage = program(By::command, "triage"), same = triage, hook = triage, human = person(1000);
  hook.by.kind = By::webhook;
  EXPECT_EQ(votes.cast(1, 4, triage), Outcome::more);
  EXPECT_EQ(votes.cast(1, 4, same), Outcome::again);
  EXPECT_EQ(votes.cast(1, 4, hook), Outcome::more);
  EXPECT_EQ(votes.cast(1, 4, human), Outcome::more);
}

TEST(Votes, belong_to_one_ask_and_end_with_it) {
  Votes votes;
  Vote first = person(1), second = person(2);
  votes.cast(1, 2, first);
  EXPECT_EQ(votes.cast(2, 2, second), Outcome::more);
  votes.forget(1);
  EXPECT_TRUE(votes.of(1).empty());
}

}  // namespace
}  // namespace gatehouse::reviewers
