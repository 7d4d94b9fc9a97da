// SPDX-License-Identifier: Apache-2.0
// More asks at once than their ring has room for, which wait until they are heard. It must never read the
// ring before it is full.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "support/gate.h"

namespace gatehouse::testing {
namespace {

constexpr const char* kPolicy = R"("filesystem": {
  "default": {"read": "allow", "write": "deny", "exec": "allow"},
  "rules": [{"id": "asked", "action": "ask", "access": ["read"], "paths": ["${workspace}/**/asked"]}]})";
constexpr std::size_t kRing = 1 << 20;  // bytes (gh_asked)

class AskCrowdTest : public ::testing::Test {
 protected:
  // A name of some 3,900 bytes, so that few asks fill the ring.
  AskCrowdTest() : deep(workspace.path()) {
    while (deep.size() < 3700) {
      deep += "/" + std::string(200, 'd');
      ::mkdir(deep.c_str(), 0755);
    }
    deep += "/asked";
    ::close(::open(deep.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    for (std::size_t i = 0; i < crowd; i++)
      askers.push_back(session.start(reads(deep)));
  }

  std::size_t waiting(int how) {
    const auto all = session.asking();
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [&](const gh_ask& ask) { return how == 0 || ask.open == how; }));
  }

  Directory workspace;
  std::string deep;
  const std::size_t crowd = kRing / 3700 + 40;
  Session session{kPolicy, workspace.path()};
  std::vector<Running> askers;
};

TEST_F(AskCrowdTest, those_who_find_the_ring_full_wait_and_are_heard_and_answered) {
  EXPECT_EQ(unconfined(reads(deep)), 0);
  ASSERT_TRUE(wait_for([&] { return waiting(0) == crowd; })) << waiting(0);
  EXPECT_GE(waiting(GH_ASK_UNHEARD), 20u) << "the ring was never full";
  std::size_t heard = 0;
  while (heard < crowd) {
    const auto ask = session.next_ask();
    ASSERT_TRUE(ask.has_value()) << heard << " of " << crowd << " were heard";
    heard++;
    session.answer(*ask, GH_SCOPE_ONCE, heard % 10 == 0 ? GH_DENY : GH_ALLOW);
  }
  std::size_t allowed = 0, denied = 0;
  for (Running& asker : askers) {
    const int result = asker.wait();
    allowed += result == 0;
    denied += result == EACCES;
  }
  EXPECT_EQ(denied, crowd / 10);
  EXPECT_EQ(allowed, crowd - crowd / 10);
  EXPECT_FALSE(session.pending_ask().has_value()) << "one was heard twice";
  EXPECT_EQ(session.asking().size(), 0u);
}

TEST_F(AskCrowdTest, those_who_are_unheard_can_be_killed) {
  ASSERT_TRUE(wait_for([&] { return waiting(0) == crowd; })) << waiting(0);
  EXPECT_GE(waiting(GH_ASK_UNHEARD), 20u) << "the ring was never full";
  for (Running& asker : askers)
    ::kill(asker.pid(), SIGKILL);
  for (Running& asker : askers)
    EXPECT_EQ(asker.wait(), -SIGKILL);
  (void)Gate::instance().answers().tend();
  EXPECT_EQ(session.asking(false).size(), 0u);
}

}  // namespace
}  // namespace gatehouse::testing
