// SPDX-License-Identifier: Apache-2.0
// More asks than anybody can answer: each is held, those past the table are refused with the reason, and none
// is let through unanswered. A test must never leave a held process behind.
#include <gtest/gtest.h>

#include "record.h"
#include "shared/abi.h"
#include "world.h"

namespace gatehouse::soak {
namespace {

std::uint64_t waiting() {
  const auto said = ask(control::Status{});
  return said.is_object() ? said.value("waiting", std::uint64_t{0}) : 0;
}

class Asks : public ::testing::Test {
 protected:
  void SetUp() override {
    // As many tasks as there are askers, and some; only the machine's memory is left as a limit.
    e2e::write_file("/proc/sys/kernel/threads-max", "40000");
    e2e::write_file("/proc/sys/kernel/pid_max", "60000");
  }
};

TEST_F(Asks, AsManyAsTheTableHoldsWaitAtOnceAndThosePastItAreRefused) {
  constexpr std::uint64_t kMore = 300, kMany = GH_MAX_ASKS + kMore;
  constexpr std::size_t kShown = 32;  // approvals.max_open, where a policy does not say
  static_assert(GH_MAX_ASKS >= 10'000);
  const Ground ground("asks");
  const double begun = now();
  Player player(ground, "askers", ground.policy(kAsk), kMany, 0);
  const Tally& tally = ground.tally();
  EXPECT_TRUE(e2e::eventually([&] { return tally.waiting >= kMany && tally.denied >= kMore; }, 600))
      << tally.waiting << " asked, " << tally.denied << " denied, " << tally.broken
      << " broken: " << tally.last_error;
  EXPECT_TRUE(e2e::eventually([&] { return waiting() >= GH_MAX_ASKS; }, 200)) << waiting();
  std::printf("%lu asks after %.1f s\n", waiting(), now() - begun);
  show("asks", tally);
  EXPECT_EQ(tally.tasks, kMany);
  EXPECT_EQ(tally.allowed, 0u) << "let through without an answer";
  EXPECT_EQ(tally.denied, kMore);
  EXPECT_EQ(tally.broken, 0u) << tally.last_error;
  EXPECT_EQ(waiting(), GH_MAX_ASKS);
  // Each refusal was told with its reason, or is among those that the record says were lost.
  Record seen;
  EXPECT_TRUE(e2e::eventually(
      [&] {
        seen = record_of();
        return seen.reasons["asks-full"] + seen.lost_by["events"] >= kMore;
      },
      60))
      << seen.reasons["asks-full"] << " told, " << seen.lost_by["events"] << " lost";
  std::printf("asks-full: %lu told, %lu lost\n", seen.reasons["asks-full"], seen.lost_by["events"]);
  for (const auto& [reason, count] : seen.reasons)
    EXPECT_EQ(reason, "asks-full") << count;
  // Some of them are answered in the middle of it.
  auto client = control::Client::connect(kSocket);
  ASSERT_TRUE(client);
  auto listed = client->request(control::ApprovalsList{player.name()});
  ASSERT_TRUE(listed) << listed.error().what;
  ASSERT_EQ(listed->kind, control::Reply::Kind::result) << listed->refusal.message;
  const auto& all = listed->value["approvals"];
  // As many as a person is shown at a time, and all others as one.
  ASSERT_EQ(all.size(), kShown + 1) << listed->value.dump(1);
  EXPECT_EQ(all[kShown]["storm"].value("objects", std::size_t{0}), GH_MAX_ASKS - kShown);
  for (std::size_t i = 0; i < 20; i++) {
    control::ApprovalsAnswer answer;
    answer.id = all[i].value("id", std::uint64_t{0});
    answer.allow = i % 2 == 0;
    EXPECT_FALSE(ask(answer).is_null());
  }
  EXPECT_TRUE(
      e2e::eventually([&] { return tally.allowed == 10 && tally.denied == kMore + 10; }, 60))
      << tally.allowed << " allowed, " << tally.denied << " denied";
  EXPECT_TRUE(player.kill(400)) << player.tasks().size() << " tasks live on";
  EXPECT_TRUE(e2e::eventually([] { return waiting() == 0; }, 60)) << waiting();
}

}  // namespace
}  // namespace gatehouse::soak
