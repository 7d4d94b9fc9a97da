// SPDX-License-Identifier: Apache-2.0
// What is taken from an environment, and what is not. It must never believe in a value for its name alone.
#include "events/claims.h"

#include <gtest/gtest.h>

#include "events/processes.h"

namespace gatehouse::events {
namespace {

using namespace std::string_literals;
const std::string kTrace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(Claims, are_found_among_other_variables) {
  const auto claims = claims_in("PATH=/bin\0TRACEPARENT="s + kTrace +
                                "\0CODEX_THREAD_ID=019d1afb-b2c7\0CLAUDE_CODE_SESSION_ID=a_b.c\0"s);
  EXPECT_EQ(claims, (Labels{{"traceparent", kTrace},
                            {"codex_thread_id", "019d1afb-b2c7"},
                            {"claude_session_id", "a_b.c"}}));
}

TEST(Claims, of_another_form_are_none) {
  for (const auto& value : {"", "00-xyz", "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"})
    EXPECT_TRUE(claims_in("TRACEPARENT="s + value).empty()) << value;
  EXPECT_TRUE(claims_in("CODEX_THREAD_ID=a b").empty());
  EXPECT_TRUE(claims_in("CODEX_THREAD_ID=" + std::string(129, 'a')).empty());
  EXPECT_TRUE(claims_in("XTRACEPARENT=" + kTrace + "\0TRACEPARENT"s).empty());
  EXPECT_TRUE(claims_in(std::string(5, '\0')).empty());
}

class Scripted : public ProcessSource {
 public:
  std::optional<Program> read(std::uint32_t) const override { return std::nullopt; }
  std::optional<Labels> claims(std::uint32_t pid) const override {
    return pid == 10 ? std::optional<Labels>(Labels{{"codex_thread_id", "t"}}) : std::nullopt;
  }
};

Event of(std::uint32_t pid, Body body) {
  Event event;
  event.process.pid = pid;
  event.process.start = pid;
  event.body = std::move(body);
  return event;
}

TEST(Claims, go_on_to_children_and_stand_while_nothing_newer_can_be_read) {
  const Scripted source;
  Processes processes(source);
  processes.learn(of(10, Exec{}));
  processes.learn(of(10, Fork{11, 11}));
  processes.learn(of(11, Exec{}));  // it was gone before it could be looked at
  auto event = of(11, Decision{});
  processes.fill(event);
  EXPECT_EQ(event.process.claimed, (Labels{{"codex_thread_id", "t"}}));
  auto other = of(12, Decision{});
  processes.fill(other);
  EXPECT_TRUE(other.process.claimed.empty());
}

}  // namespace
}  // namespace gatehouse::events
