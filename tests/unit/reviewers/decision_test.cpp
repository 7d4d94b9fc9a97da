// SPDX-License-Identifier: Apache-2.0
// Bytes of programs as decisions. Nothing but the documented words may come out as an allow.
#include "reviewers/decision.h"

#include <gtest/gtest.h>

namespace gatehouse::reviewers {
namespace {

std::string why_not(const std::string& text) {
  const auto verdict = parse_decision(text);
  const auto* failure = std::get_if<Failure>(&verdict);
  return failure == nullptr ? "" : failure->why;
}

TEST(Decision, is_read_whole) {
  const auto verdict = parse_decision(
      "{\"verdict\": \"allow\", \"scope\": \"session\",\n \"for_ms\": 600000, \"message\": "
      "\"ä\"}\n");
  const auto* decision = std::get_if<Decision>(&verdict);
  ASSERT_NE(decision, nullptr) << std::get<Failure>(verdict).why;
  EXPECT_EQ(decision->verdict, Decision::Verdict::allow);
  EXPECT_EQ(decision->scope, GH_SCOPE_SESSION);
  EXPECT_EQ(decision->for_ms, 600'000u);
  EXPECT_EQ(decision->message, "ä");
  const auto again = parse_decision(decision_json(*decision));
  EXPECT_EQ(std::get<Decision>(again).scope, GH_SCOPE_SESSION);
}

TEST(Decision, is_for_once_unless_it_says_more) {
  EXPECT_EQ(std::get<Decision>(parse_decision(R"({"verdict":"deny"})")).scope, GH_SCOPE_ONCE);
}

TEST(Decision, of_any_other_shape_is_a_failure_that_says_why) {
  for (const char* text : {"",
                           " ",
                           "allow",
                           "\"allow\"",
                           "[]",
                           "{}",
                           "null",
                           R"({"verdict":"Allow"})",
                           R"({"verdict":true})",
                           R"({"verdict":"allow","verdict":"deny"})",
                           R"({"verdict":"allow","scope":"always"})",
                           R"({"verdict":"allow","scope":1})",
                           R"({"verdict":"allow","for_ms":-1})",
                           R"({"verdict":"allow","for_ms":"1"})",
                           R"({"verdict":"allow","extra":1})",
                           R"({"verdict":"allow"} {})",
                           R"({"verdict":"allow"},)",
                           "{\"verdict\":\"allow\",\"message\":\"\\u001b[2J\"}",
                           "{\"verdict\":\"allow\",\"message\":\"\\u202e\"}",
                           "{\"verdict\":\"allow\",\"message\":\"\xff\"}"})
    EXPECT_NE(why_not(text), "") << text;
  EXPECT_NE(why_not(R"({"verdict":"allow","message":")" + std::string(2000, 'a') + "\"}"), "");
  EXPECT_NE(why_not(R"({"verdict":"allow"})" + std::string(kMostAnswer, ' ')), "");
}

}  // namespace
}  // namespace gatehouse::reviewers
