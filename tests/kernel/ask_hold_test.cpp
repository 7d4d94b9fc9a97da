// SPDX-License-Identifier: Apache-2.0
// Asks in rough weather: signals, deaths, threads, nobody there, no room, io_uring. It must never let a
// task through, or leave one paused, that nobody answered.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/io_uring.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <set>
#include <thread>

#include "support/gate.h"
#include "support/io_uring.h"

namespace gatehouse::testing {
namespace {

std::string policy(const std::string& unattended) {
  return R"("filesystem": {
  "default": {"read": "allow", "write": "deny", "exec": "allow"},
  "rules": [{"id": "asked", "action": "ask", "access": ["read"], "paths": ["${workspace}/**"]}]},
  "exec": {"default": "allow"},
  "approvals": {"on_unattended": ")" +
         unattended + "\"}";
}

class AskHoldTest : public ::testing::Test {
 protected:
  AskHoldTest() {
    for (const char* name : {"a", "b", "c", "d"})
      workspace.write(name, "text");
  }
  static kernel::Memory& memory() { return Gate::instance().enforcement().memory(); }
  gh_reason last_reason(Session& in) {
    const auto told = in.decisions();
    if (!told.empty()) return std::get<events::Decision>(told.back().body).reason;
    ADD_FAILURE() << "no decision was told";
    return GH_REASON_RULE;
  }

  Directory workspace;
  Session session{policy("deny"), workspace.path()};
};

char state_of(pid_t pid) {
  char path[64], text[512] = {};
  std::snprintf(path, sizeof(path), "/proc/%d/stat", pid);
  const int fd = ::open(path, O_RDONLY);
  const bool read = fd >= 0 && ::read(fd, text, sizeof(text) - 1) > 0;
  ::close(fd);
  const char* close = read ? std::strrchr(text, ')') : nullptr;
  return close != nullptr ? close[2] : '?';
}

bool stopped(pid_t pid) {
  return wait_for([&] { return state_of(pid) == 'T'; });
}

TEST_F(AskHoldTest, a_forged_continue_gains_nothing) {
  Running running = session.start(reads(workspace / "a"));
  const auto ask = session.next_ask();
  ASSERT_TRUE(ask.has_value());
  ASSERT_TRUE(stopped(running.pid()));
  Running forger = session.start([&] {
    for (int time = 0; time < 50; time++) {
      if (::kill(running.pid(), SIGCONT) != 0) return errno;
      ::usleep(1000);
    }
    return 0;
  });
  EXPECT_EQ(forger.wait(), 0);
  EXPECT_TRUE(stopped(running.pid()));
  EXPECT_FALSE(running.ended());
  EXPECT_FALSE(session.pending_ask().has_value()) << "asked again";
  EXPECT_EQ(session.asking().size(), 1u);
  session.answer(*ask, GH_SCOPE_ONCE, GH_ALLOW);
  EXPECT_EQ(running.wait(), 0);
}

TEST_F(AskHoldTest, a_process_killed_while_it_waits_leaves_nothing) {
  Running running = session.start(reads(workspace / "a"));
  const auto ask = session.next_ask();
  ASSERT_TRUE(ask.has_value());
  EXPECT_EQ(::kill(running.pid(), SIGKILL), 0);
  EXPECT_EQ(running.wait(), -SIGKILL);
  EXPECT_EQ(session.asking(false).size(), 0u);
  EXPECT_TRUE(wait_for([&] { return session.all<events::AskGone>().size() == 1; }));
  const auto gone = session.all<events::AskGone>();
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(std::get<events::AskGone>(gone[0].body).key.object,
            std::get<events::Ask>(ask->body).key.object);
  EXPECT_EQ(gone[0].process.pid, ask->process.pid);
}

TEST_F(AskHoldTest, an_answered_process_leaves_no_gone_event) {
  EXPECT_EQ(run_answering(session, reads(workspace / "a")).result, 0);
  EXPECT_TRUE(wait_for([&] { return session.all<events::Exit>().size() == 1; }));
  EXPECT_EQ(session.all<events::AskGone>().size(), 0u);
}

TEST_F(AskHoldTest, threads_may_ask_at_once) {
  const std::string names[] = {workspace / "a", workspace / "b", workspace / "c", workspace / "d"};
  const Operation operation = [&] {
    std::atomic<int> failed{0};
    std::vector<std::thread> threads;
    for (const std::string& name : names)
      threads.emplace_back([&failed, &name] {
        for (int time = 0; time < 50; time++)
          if (const int code = reads(name)(); code != 0) failed = code;
      });
    for (auto& thread : threads)
      thread.join();
    return failed.load();
  };
  EXPECT_EQ(unconfined(operation), 0);
  const Answered answered = run_answering(session, operation);
  EXPECT_EQ(answered.result, 0) << session.last_words();
  EXPECT_EQ(answered.asks.size(), 200u);
  std::set<std::string> objects;
  for (const auto& ask : answered.asks)
    objects.insert(std::get<events::Ask>(ask.body).object.text);
  EXPECT_EQ(objects.size(), 4u);
}

TEST_F(AskHoldTest, a_child_of_vfork_may_ask) {
  const std::string name = workspace / "a";
  const Operation operation = [&] {
    const pid_t pid = ::vfork();
    if (pid == 0) {
      const int fd = ::open(name.c_str(), O_RDONLY);
      ::_exit(fd < 0 ? errno : 0);
    }
    int status = 0;
    if (::waitpid(pid, &status, 0) != pid) return errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  };
  EXPECT_EQ(unconfined(operation), 0);
  const Answered answered = run_answering(session, operation);
  EXPECT_EQ(answered.result, 0);
  EXPECT_EQ(answered.asks.size(), 1u);
}

volatile sig_atomic_t alarms = 0;

// The handler has no SA_RESTART: another interruption of open would show as EINTR.
Operation opens_under_alarms(const std::string& name) {
  return [=] {
    struct sigaction action = {};
    action.sa_handler = [](int) { alarms = alarms + 1; };
    ::sigaction(SIGALRM, &action, nullptr);
    const itimerval often = {{0, 2000}, {0, 2000}};
    ::setitimer(ITIMER_REAL, &often, nullptr);
    const int code = reads(name)();
    // One alarm at least: the hold took longer than a tick, and a pending one comes at the end of it.
    for (int tries = 0; alarms == 0 && tries < 1000; tries++)
      ::usleep(1000);
    return code != 0 ? code : alarms == 0 ? ETIME : 0;
  };
}

TEST_F(AskHoldTest, a_signal_handler_during_the_hold_shows_no_eintr) {
  Running running = session.start(opens_under_alarms(workspace / "a"));
  auto ask = session.next_ask();
  ASSERT_TRUE(ask.has_value());
  ASSERT_TRUE(stopped(running.pid()));
  ::usleep(20000);  // alarms become pending meanwhile; more or fewer of them make no difference
  int asks = 0;
  EXPECT_TRUE(wait_for([&] {
    if (ask) session.answer(*ask, GH_SCOPE_PROCESS, GH_ALLOW), asks++;
    ask = session.pending_ask();
    return running.ended();
  }));
  EXPECT_EQ(running.wait(), 0);
  EXPECT_EQ(asks, 1);
}

// The agent stops being attended in the middle of this.
class Unattended {
 public:
  Unattended() { Gate::instance().stop_heartbeat(); }
  ~Unattended() { Gate::instance().start_heartbeat(); }
};

TEST_F(AskHoldTest, without_a_controller_the_policy_decides) {
  Session waiting(policy("wait"), workspace.path()), allowing(policy("allow"), workspace.path());
  {
    const Unattended unattended;
    EXPECT_EQ(session.run(reads(workspace / "a")), EACCES);
    EXPECT_EQ(last_reason(session), GH_REASON_UNATTENDED);
    EXPECT_EQ(allowing.run(reads(workspace / "a")), 0);
    EXPECT_EQ(last_reason(allowing), GH_REASON_UNATTENDED);
    Running running = waiting.start(reads(workspace / "a"));
    const auto ask = waiting.next_ask();
    ASSERT_TRUE(ask.has_value());
    EXPECT_TRUE(stopped(running.pid()));
    waiting.answer(*ask, GH_SCOPE_ONCE, GH_ALLOW);
    EXPECT_EQ(running.wait(), 0);
  }
  EXPECT_EQ(run_answering(session, reads(workspace / "a")).asks.size(), 1u);
  EXPECT_EQ(run_answering(allowing, reads(workspace / "a")).asks.size(), 1u);
}

TEST_F(AskHoldTest, no_room_for_another_ask_is_a_denial) {
  // Numbers that no thread has: pid_max is 4,194,304.
  constexpr std::uint32_t kNobody = 0x40000000;
  std::uint32_t filled = 0;
  while (filled < 2 * GH_MAX_ASKS && memory().asks.update(kNobody + filled, gh_ask{}))
    filled++;
  EXPECT_GT(filled, GH_MAX_ASKS / 2u);
  EXPECT_EQ(session.run(reads(workspace / "a")), EACCES);
  EXPECT_EQ(last_reason(session), GH_REASON_ASKS_FULL);
  for (std::uint32_t i = 0; i < filled; i++)
    EXPECT_TRUE(memory().asks.erase(kNobody + i));
  EXPECT_EQ(run_answering(session, reads(workspace / "a")).result, 0);
}

int opens_by_io_uring(const char* path, bool by_worker) {
  return by_io_uring([&](io_uring_sqe& entry) {
    entry.opcode = IORING_OP_OPENAT;
    entry.flags = by_worker ? IOSQE_ASYNC : 0;
    entry.fd = AT_FDCWD;
    entry.addr = reinterpret_cast<std::uint64_t>(path);
    entry.open_flags = O_RDONLY;
  });
}

TEST_F(AskHoldTest, io_uring_cannot_wait_and_is_denied) {
  const std::string name = workspace / "a";
  for (const bool by_worker : {false, true}) {
    const Operation operation = [&, by_worker] {
      return opens_by_io_uring(name.c_str(), by_worker);
    };
    const int outside = unconfined(operation);
    if (outside == ENOSYS || outside == EPERM)
      GTEST_SKIP() << "io_uring is disabled in this kernel";
    EXPECT_EQ(outside, 0);
    EXPECT_EQ(session.run(operation), EACCES);
    EXPECT_EQ(last_reason(session), GH_REASON_NO_RESTART);
    EXPECT_FALSE(session.pending_ask().has_value());
    EXPECT_EQ(session.run([&] { return opens_by_io_uring("/etc/passwd", by_worker); }), 0);
  }
}

// GH_TEST_ASKS for each of four processes: how often an answer came, and what open said meanwhile.
TEST_F(AskHoldTest, many_asks_answered_at_once_lose_nothing) {
  const char* text = std::getenv("GH_TEST_ASKS");
  const long each = text != nullptr ? std::strtol(text, nullptr, 10) : 500;
  const std::string names[] = {workspace / "a", workspace / "b", workspace / "c", workspace / "d"};
  std::vector<Running> tasks;
  for (const std::string& name : names)
    tasks.push_back(session.start([&name, each] {
      ::alarm(0);
      for (long time = 0; time < each; time++) {
        const int fd = ::open(name.c_str(), O_RDONLY);
        if (fd >= 0) {
          ::close(fd);
          continue;
        }
        std::fprintf(stderr, "open: errno %d\n", errno);
        return errno >= 512 ? 2 : 1;
      }
      return 0;
    }));
  long answered = 0;
  std::size_t ended = 0, before = 0;
  const auto all_ended = [&] {
    for (auto& event : Gate::instance().take(session.serial()))
      if (std::holds_alternative<events::Ask>(event.body)) {
        session.answer(event, GH_SCOPE_ONCE, GH_ALLOW);
        answered++;
      }
    ended = 0;
    for (const Running& task : tasks)
      ended += task.ended() ? 1 : 0;
    return ended == tasks.size();
  };
  for (long last = -1;
       !wait_for([&] { return all_ended() || answered >= last + 1000; }) || ended < tasks.size();) {
    if (last == answered && before == ended) break;  // nothing moved for a whole wait
    last = answered;
    before = ended;
  }
  EXPECT_EQ(ended, tasks.size()) << "paused for good after " << answered << " answers";
  if (ended < tasks.size()) (void)session.cgroup().kill();
  for (Running& task : tasks)
    EXPECT_EQ(task.wait(), 0);
  EXPECT_EQ(answered, each * static_cast<long>(tasks.size()));
}

}  // namespace
}  // namespace gatehouse::testing
