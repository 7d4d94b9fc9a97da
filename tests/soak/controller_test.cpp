// SPDX-License-Identifier: Apache-2.0
// The controller is stopped and killed at random moments, and policies are replaced under load. A test must
// always leave a daemon that runs.
#include <gtest/gtest.h>

#include "trouble.h"
#include "world.h"

namespace gatehouse::soak {
namespace {

// Allows what waits.
void answer_all() {
  const auto all = ask(control::ApprovalsList{});
  if (!all.is_object()) return;
  for (const auto& one : all["approvals"]) {
    control::ApprovalsAnswer answer;
    answer.id = one.value("id", std::uint64_t{0});
    answer.allow = true;
    (void)ask(answer);
  }
}

TEST(Controller, StoppedAndKilledAtRandomMomentsItOpensNothingAndNothingHangs) {
  const Ground ground("killed");
  Player player(ground, "steady-asks", ground.policy(kAsk), 0, 0);
  const Tally& tally = ground.tally();
  ASSERT_TRUE(passes(tally.denied, 10)) << player.err();
  Trouble trouble;
  const double until = now() + 2 * fault_seconds();
  while (now() < until || !trouble.enough()) {
    ASSERT_NO_FATAL_FAILURE(trouble.befall(tally.denied, player.name()));
    answer_all();
    EXPECT_EQ(tally.escaped, 0u);
  }
  // Whoever waits is heard of again, and goes on when it is answered.
  const auto asked = tally.waiting.load();
  EXPECT_TRUE(e2e::eventually(
      [&] {
        answer_all();
        return tally.waiting >= asked + 3;
      },
      120))
      << "an ask hangs";
  std::printf("%s, %lu asks\n", trouble.told().c_str(), tally.waiting.load());
  show("controller killed", tally);
  EXPECT_EQ(tally.escaped, 0u);
  EXPECT_EQ(tally.wrong, 0u);
  EXPECT_EQ(tally.broken, 0u) << tally.last_error;
  EXPECT_GT(tally.allowed, 0u);
  EXPECT_TRUE(player.kill()) << "something of it lives on";
}

TEST(Controller, APolicyThatIsReplacedAThousandTimesUnderLoadNeverOpensWhatBothDeny) {
  const Ground ground("replaced");
  // What both deny is denied by the one by a rule, by the other by another, beside much that differs.
  std::string many;
  for (int i = 0; i < 40; i++)
    many += R"({ "id": "more-)" + std::to_string(i) +
            R"(", "action": "deny", "access": ["read"], "paths": ["**/*-)" + std::to_string(i) +
            R"(.key"] },)";
  many += R"({ "id": "last", "action": "allow", "access": ["read"], "paths": ["/srv/**"] })";
  const std::string texts[] = {e2e::read_file(ground.policy()),
                               e2e::read_file(ground.policy(many, "", "many.json"))};
  Player player(ground, "steady", ground.policy(), 0, 0);
  ASSERT_TRUE(passes(ground.tally().denied, 10)) << player.err();
  auto client = control::Client::connect(kSocket);
  ASSERT_TRUE(client);
  const int times = measure().seconds < 120 ? 200 : 1000;
  const double begun = now();
  for (int i = 0; i < times; i++) {
    control::ReplacePolicy operation;
    operation.session = player.name();
    operation.policy.files = {{"policy.json", texts[i % 2]}};
    auto reply = client->request(operation);
    ASSERT_TRUE(reply) << reply.error().what;
    ASSERT_EQ(reply->kind, control::Reply::Kind::result) << i << ": " << reply->refusal.message;
    if (i % 100 != 99) continue;
    std::printf("%d policies in %.1f s\n", i + 1, now() - begun);
    std::fflush(stdout);  // it takes minutes, and may be cut off
  }
  const Tally& tally = ground.tally();
  show("policy replaced", tally);
  EXPECT_TRUE(passes(ground.tally().denied, 10)) << "it hangs";
  EXPECT_EQ(tally.escaped, 0u);
  EXPECT_EQ(tally.wrong, 0u) << tally.last_error;
  EXPECT_EQ(tally.broken, 0u) << tally.last_error;
  EXPECT_GE(session_named(player.name()).value("generation", 0), times);
  EXPECT_TRUE(player.kill());
}

}  // namespace
}  // namespace gatehouse::soak
