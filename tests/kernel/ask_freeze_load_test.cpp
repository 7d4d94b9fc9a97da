// SPDX-License-Identifier: Apache-2.0
// Freezing under load, with deaths at any moment. It must never end before all who asked are answered or dead.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <thread>

#include "kernel/hold.h"
#include "support/gate.h"

namespace gatehouse::testing {
namespace {

constexpr const char* kPolicy = R"("filesystem": {
  "default": {"read": "allow", "write": "deny", "exec": "allow"},
  "rules": [{"id": "asked", "action": "ask", "access": ["read"], "paths": ["${workspace}/**"]}]},
  "exec": {"default": "allow"}, "approvals": {"hold": "freeze"})";

class AskFreezeLoadTest : public ::testing::Test {
 protected:
  AskFreezeLoadTest() {
    for (const char* name : {"a", "b", "c", "d"})
      workspace.write(name, "text");
  }
  Directory workspace;
  Session session{kPolicy, workspace.path()};
};

// GH_TEST_HOLDS for each of four processes, each of them with a second thread; some are answered while they spin,
// some frozen first, and now and then one is killed.
TEST_F(AskFreezeLoadTest, many_holds_lose_nothing_and_leave_nothing) {
  const char* text = std::getenv("GH_TEST_HOLDS");
  const long each = text != nullptr ? std::strtol(text, nullptr, 10) : 20;
  const std::string names[] = {workspace / "a", workspace / "b", workspace / "c", workspace / "d"};
  const auto start = [&](std::size_t i) {
    return session.start([&name = names[i], each] {
      ::alarm(0);
      std::thread other([] {
        for (;;)
          ::usleep(5000);
      });
      other.detach();
      for (long time = 0; time < each; time++) {
        const int fd = ::open(name.c_str(), O_RDONLY);
        if (fd < 0) return errno >= 512 ? 2 : 1;
        ::close(fd);
      }
      return 0;
    });
  };
  std::random_device seed;
  const unsigned number = seed();
  std::mt19937 random(number);
  std::vector<Running> tasks;
  for (std::size_t i = 0; i < 4; i++)
    tasks.push_back(start(i));
  long spun = 0, froze = 0, killed = 0, ended = 0, restarts = 0;
  std::map<std::uint32_t, std::uint32_t> passes;  // by thread, when it was last frozen
  const auto turn = [&] {
    for (auto& event : Gate::instance().take(session.serial())) {
      if (const auto* decision = std::get_if<events::Decision>(&event.body)) {
        EXPECT_NE(decision->verdict, GH_DENY) << "for reason " << decision->reason;
      }
      if (!std::holds_alternative<events::Ask>(event.body)) continue;
      const auto kind = random() % 100;
      if (kind >= 30) {
        session.hold(event);
        froze++;
        const auto record = Gate::instance().enforcement().memory().asks.lookup(event.process.tid);
        if (record && *record) {
          std::uint32_t& last = passes[event.process.tid];
          restarts += (*record)->pass - last;
          last = (*record)->pass;
        }
      }
      if (kind < 30) spun++;
      if (kind >= 97 && ::kill(static_cast<pid_t>(event.process.pid), SIGKILL) == 0) killed++;
      session.answer(event, GH_SCOPE_ONCE, GH_ALLOW);
    }
    for (std::size_t i = 0; i < tasks.size(); i++) {
      if (tasks[i].pid() == 0 || !tasks[i].ended()) continue;
      const int result = tasks[i].wait();
      ended++;
      EXPECT_TRUE(result == 0 || result == -SIGKILL) << result;
      tasks[i] = result == 0 ? Running(0) : start(i);
    }
    EXPECT_TRUE(Gate::instance().answers().tend());
    return std::all_of(tasks.begin(), tasks.end(), [](const Running& r) { return r.pid() == 0; });
  };
  for (long last = -1; last != spun + froze;) {  // until nothing moves for a whole wait
    last = spun + froze;
    if (wait_for([&] { return turn() || spun + froze >= last + 500; }) && turn()) break;
  }
  EXPECT_TRUE(turn()) << "somebody waits for good";
  std::printf(
      "seed %u: %ld answered while they spun, %ld frozen, %ld killed, %ld ended; %ld restarts\n",
      number, spun, froze, killed, ended, restarts);
  EXPECT_TRUE(wait_for([&] {
    EXPECT_TRUE(Gate::instance().answers().tend());
    const auto left = session.cgroup().children();
    return std::none_of(left.begin(), left.end(), kernel::is_hold);
  })) << "a leaf is left";
}

}  // namespace
}  // namespace gatehouse::testing
