// SPDX-License-Identifier: Apache-2.0
// The controller is stopped and killed at random moments, and policies are replaced under load. A test must
// always leave a daemon that runs.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <random>
#include <thread>

#include "world.h"

namespace gatehouse::soak {
namespace {

void wait_ms(unsigned ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

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

// `members`: of the policy.
void stop_and_kill(const std::string& name, const std::string& members) {
  const Ground ground(name);
  auto& daemon = Daemon::instance();
  std::random_device seed;
  const unsigned number = seed();
  std::mt19937 engine(number);
  const auto random = [&] { return static_cast<unsigned>(engine()); };
  Player player(ground, "steady-asks", ground.policy(kAsk, members), 0, 0);
  ASSERT_TRUE(passes(ground.tally().denied, 10)) << player.err();
  const Tally& tally = ground.tally();
  int kills = 0, stops = 0;
  const double until = now() + 2 * fault_seconds();
  while (now() < until || kills < 2 || stops < 2) {
    if (random() % 2 == 0) {
      daemon.stop();
      // Longer than its heartbeat may be silent, now and then.
      wait_ms(random() % 4 == 0 ? 5500 : random() % 800);
      EXPECT_TRUE(passes(tally.denied, 5)) << "it hangs while the daemon is stopped";
      daemon.go_on();
      stops++;
    } else {
      wait_ms(random() % 300);
      daemon.kill();
      EXPECT_TRUE(passes(tally.denied, 5)) << "it hangs without a daemon";
      daemon.start();
      kills++;
    }
    ASSERT_FALSE(session_named(player.name()).is_null())
        << "the session was not taken over: " << ask(control::Sessions{}).dump() << daemon.said();
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
  std::printf("seed %u: %d stops, %d kills, %lu asks\n", number, stops, kills,
              tally.waiting.load());
  show("controller killed", tally);
  EXPECT_EQ(tally.escaped, 0u);
  EXPECT_EQ(tally.wrong, 0u);
  EXPECT_EQ(tally.broken, 0u) << tally.last_error;
  EXPECT_GT(tally.allowed, 0u);
  EXPECT_TRUE(player.kill()) << "something of it lives on";
}

TEST(Controller, StoppedAndKilledAtRandomMomentsItOpensNothingAndNothingHangs) {
  stop_and_kill("killed", "");
}

TEST(Controller, StoppedAndKilledWhileItFreezesItOpensNothingAndNothingStaysFrozen) {
  stop_and_kill("frozen", R"("approvals": { "hold": "freeze" })");
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
  }
  const Tally& tally = ground.tally();
  std::printf("%d policies in %.1f s\n", times, now() - begun);
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
