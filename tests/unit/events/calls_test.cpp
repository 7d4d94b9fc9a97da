// SPDX-License-Identifier: Apache-2.0
// What is joined to a tool call, what to several, and what to none. It must never ask a clock.
#include "events/calls.h"

#include <gtest/gtest.h>

namespace gatehouse::events {
namespace {

const AgentKey kAgent{3, 100, 1000}, kOther{3, 200, 2000}, kElsewhere{4, 100, 1000};
const Call kBash{"toolu_1", "c-1", "", "Bash"}, kRead{"toolu_2", "c-1", "", "Read"};

Labels labels(const Calls& calls, const AgentKey& agent = kAgent, std::int64_t time = 50) {
  return calls.of_child(agent, time);
}

TEST(Calls, WhatTheAgentStartsWhileOneIsOpenBelongsToIt) {
  Calls calls;
  EXPECT_TRUE(labels(calls).empty());
  EXPECT_EQ(calls.begin(kAgent, kBash, 10), "");
  EXPECT_EQ(
      labels(calls),
      (Labels{{"tool_call_id", "toolu_1"}, {"conversation_id", "c-1"}, {"tool_name", "Bash"}}));
  EXPECT_EQ(calls.end(kAgent, "toolu_1"), kBash);
  EXPECT_TRUE(labels(calls).empty());
}

TEST(Calls, WhatWasStartedBeforeItBeganDoesNotBelongToIt) {
  Calls calls;
  calls.begin(kAgent, kBash, 10);
  EXPECT_TRUE(labels(calls, kAgent, 9).empty());
  EXPECT_FALSE(labels(calls, kAgent, 10).empty());
}

TEST(Calls, NeitherAnotherProcessNorAnotherSessionIsJoined) {
  Calls calls;
  calls.begin(kAgent, kBash, 10);
  EXPECT_TRUE(labels(calls, kOther).empty());
  EXPECT_TRUE(labels(calls, kElsewhere).empty());
  EXPECT_FALSE(calls.end(kOther, "toolu_1"));
  EXPECT_FALSE(calls.end(kElsewhere, "toolu_1"));
  EXPECT_TRUE(calls.ended(kOther).empty());
  EXPECT_FALSE(labels(calls).empty()) << "and nobody else can end it";
}

TEST(Calls, WhileSeveralAreOpenAllAreNamedAsCandidatesAndNoneAsTheOne) {
  Calls calls;
  calls.begin(kAgent, kBash, 10);
  calls.begin(kAgent, kRead, 11);
  EXPECT_EQ(labels(calls),
            (Labels{{"tool_call_candidates", "toolu_1 toolu_2"}, {"conversation_id", "c-1"}}));
  EXPECT_EQ(labels(calls, kAgent, 10), claims_of(kBash)) << "only one was open then";
  calls.end(kAgent, "toolu_1");
  EXPECT_EQ(labels(calls), claims_of(kRead));
  calls.begin(kAgent, {"toolu_3", "c-2", "", ""}, 12);
  EXPECT_EQ(labels(calls).size(), 1u) << "of two conversations none is named";
}

TEST(Calls, MoreCandidatesThanAreNamedAreNone) {
  Calls calls;
  for (std::size_t i = 0; i < Calls::kMostCandidates; i++)
    calls.begin(kAgent, {"t" + std::to_string(i), "c", "", ""}, 1);
  EXPECT_EQ(labels(calls)[0].first, "tool_call_candidates");
  calls.begin(kAgent, {"one-more", "c", "", ""}, 1);
  EXPECT_TRUE(labels(calls).empty());
}

TEST(Calls, AreClosedWhenTheirPartOfTheConversationIsOverOrTheirAgentHasEnded) {
  Calls calls;
  const Call below{"toolu_4", "c-1", "sub-7", "Bash"};
  calls.begin(kAgent, kBash, 1);
  calls.begin(kAgent, below, 1);
  calls.begin(kOther, kRead, 1);
  EXPECT_EQ(calls.over(kAgent, {"", "c-1", "", ""}), std::vector{kBash});
  EXPECT_EQ(labels(calls), claims_of(below)) << "its subagent goes on";
  EXPECT_TRUE(calls.over(kAgent, {"", "c-9", "sub-7", ""}).empty());
  EXPECT_EQ(calls.ended(kAgent), std::vector{below});
  EXPECT_EQ(labels(calls, kOther), claims_of(kRead));
  calls.forget(3);
  EXPECT_TRUE(labels(calls, kOther).empty());
}

TEST(Calls, AreOpenOnceAndOnlySoManyAtATime) {
  Calls calls;
  EXPECT_EQ(calls.begin(kAgent, kBash, 1), "");
  EXPECT_EQ(calls.begin(kAgent, kBash, 2), "this call is open already");
  EXPECT_EQ(calls.begin(kOther, kBash, 2), "") << "another agent's of the same name is another";
  for (std::size_t i = 2; i < Calls::kMostOpen; i++)
    EXPECT_EQ(calls.begin(kAgent, {"t" + std::to_string(i), "c", "", ""}, 3), "");
  EXPECT_NE(calls.begin(kAgent, kRead, 4), "");
  EXPECT_EQ(calls.begin(kElsewhere, kRead, 4), "");
}

TEST(Calls, AreToldOfOnlySoOftenAndAnotherSessionDoesNotPayForIt) {
  Calls calls;
  const std::int64_t now = 1'700'000'000'000'000'000;
  for (std::int64_t i = 0; i < Calls::kMostAtOnce; i++)
    ASSERT_TRUE(calls.may_tell(3, now)) << i;
  EXPECT_FALSE(calls.may_tell(3, now));
  EXPECT_TRUE(calls.may_tell(4, now));
  EXPECT_FALSE(calls.may_tell(3, now + Calls::kApart - 1));
  EXPECT_TRUE(calls.may_tell(3, now + Calls::kApart));
  EXPECT_FALSE(calls.may_tell(3, now + Calls::kApart));
  EXPECT_TRUE(calls.may_tell(3, now - 3600 * 1'000'000'000ll)) << "the clock was set back";
}

TEST(Calls, TakeNoTextThatIsNoId) {
  EXPECT_EQ(fault_of(kBash), "");
  EXPECT_EQ(fault_of({"", "c", "", ""}), "") << "with `over`";
  EXPECT_EQ(fault_of({"functions.bash:0", "c", "", "mcp__a__b"}), "");
  for (const char* bad : {"a b", "a\n", "\x1b[31m", "ż", "a\"", "a,b"}) {
    EXPECT_NE(fault_of({bad, "c", "", ""}), "");
    EXPECT_NE(fault_of({"a", bad, "", ""}), "");
    EXPECT_NE(fault_of({"a", "c", bad, ""}), "");
    EXPECT_NE(fault_of({"a", "c", "", bad}), "");
  }
  EXPECT_NE(fault_of({"a", "", "", ""}), "");
  EXPECT_EQ(fault_of({std::string(128, 'a'), "c", "", ""}), "");
  EXPECT_NE(fault_of({std::string(129, 'a'), "c", "", ""}), "");
}

TEST(Calls, AreReadBackFromWhatAProcessClaims) {
  Process process;
  EXPECT_EQ(call_text(process), "");
  EXPECT_FALSE(names_call(process, ""));
  process.claimed = {{"traceparent", "00-1"}, {"tool_call_candidates", "a b"}};
  EXPECT_EQ(call_text(process), "call a or b");
  EXPECT_TRUE(names_call(process, "b"));
  EXPECT_FALSE(names_call(process, "a b"));
  set_call(process, kBash);
  EXPECT_EQ(call_text(process), "call toolu_1");
  EXPECT_EQ(call_of(process), kBash);
  EXPECT_TRUE(names_call(process, "toolu_1"));
  EXPECT_FALSE(names_call(process, "a"));
  EXPECT_EQ(process.claimed[0].first, "traceparent") << "what else it claims stands";
}

}  // namespace
}  // namespace gatehouse::events
