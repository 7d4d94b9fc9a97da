// SPDX-License-Identifier: Apache-2.0
// Asks that nobody notices: the asking thread is frozen rather than stopped, and what must not be is stopped. It
// must never leave a leaf, nor anybody frozen or stopped, behind.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "kernel/file.h"
#include "kernel/hold.h"
#include "support/gate.h"

namespace gatehouse::testing {
namespace {

std::string policy(const std::string& hold) {
  return R"("filesystem": {
  "default": {"read": "allow", "write": "deny", "exec": "allow"},
  "rules": [{"id": "asked", "action": "ask", "access": ["read"], "paths": ["${workspace}/**"]}]},
  "exec": {"default": "allow"}, "approvals": {"hold": ")" +
         hold + "\"}";
}

class AskFreezeTest : public ::testing::Test {
 protected:
  AskFreezeTest() {
    for (const char* name : {"a", "b", "c", "d"})
      workspace.write(name, "text");
  }
  ~AskFreezeTest() override { EXPECT_TRUE(none_left(session)); }
  // A leaf whose process is on its way out goes at a later look, as the controller looks each second.
  static bool none_left(const Session& of) {
    return wait_for([&] {
      EXPECT_TRUE(Gate::instance().answers().tend());
      return leaves(of) == 0;
    });
  }
  static std::size_t leaves(const Session& of) {
    const auto all = of.cgroup().children();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [](const auto& n) { return kernel::is_hold(n); }));
  }
  // Of the only one who asks: does it spin, or is it frozen?
  static bool unseen(const Session& of) {
    const auto all = of.asking();
    EXPECT_EQ(all.size(), 1u);
    return !all.empty() && all[0].until != 0;
  }
  static bool frozen(const Session& of, pid_t tid) {
    const auto where = kernel::cgroup_of(tid);
    if (!where || !kernel::is_hold(*where)) return false;
    auto leaf = kernel::Cgroup::open(Gate::instance().enforcement().mount(),
                                     of.cgroup().path() + where->substr(where->rfind('/')));
    const auto still = leaf ? leaf->wait_frozen(kernel::Milliseconds(20000)) : false;
    return still && *still;
  }
  // Asks, is frozen, and is found so. Nothing: this machine was too slow, and it was stopped when its time to
  // spin was over.
  std::optional<events::Event> frozen_ask(Session& of) {
    auto ask = of.next_ask();
    if (!ask) return ask;
    of.hold(*ask);
    if (frozen(of, static_cast<pid_t>(ask->process.tid))) return ask;
    of.answer(*ask, GH_SCOPE_ONCE, GH_ALLOW);
    return std::nullopt;
  }
  // Again and again until one is frozen in time.
  std::optional<std::pair<Running, events::Event>> start_frozen(Session& in,
                                                                const Operation& operation) {
    for (int tries = 0; tries < 20; tries++) {
      Running running = in.start(operation);
      if (auto ask = frozen_ask(in)) return std::pair(running, *ask);
      EXPECT_EQ(running.wait(), 0);
      while (in.pending_ask()) {  // it had said it again
      }
    }
    return std::nullopt;
  }

  Directory workspace;
  Session session{policy("freeze"), workspace.path()};
};

int told(pid_t pid) {
  int status = 0;
  const pid_t got = ::waitpid(pid, &status, WNOHANG | WUNTRACED | WCONTINUED);
  return got == pid ? status : 0;
}

char state_of(pid_t pid) {
  const auto stat = kernel::read_file("/proc/" + std::to_string(pid) + "/stat");
  return stat ? stat->at(stat->rfind(')') + 2) : '?';
}

TEST_F(AskFreezeTest, the_parent_of_a_frozen_asker_is_told_of_no_stop) {
  auto held = start_frozen(session, reads(workspace / "a"));
  ASSERT_TRUE(held.has_value());
  auto& [running, ask] = *held;
  EXPECT_EQ(state_of(running.pid()), 'S');
  EXPECT_EQ(told(running.pid()), 0);
  session.answer(ask, GH_SCOPE_ONCE, GH_ALLOW);
  EXPECT_EQ(running.wait(), 0);
  EXPECT_FALSE(session.pending_ask().has_value()) << "asked twice";
}

TEST_F(AskFreezeTest, one_that_is_answered_at_once_is_never_frozen) {
  EXPECT_EQ(run_answering(session, reads(workspace / "a"), {GH_SCOPE_ONCE, GH_DENY}).result,
            EACCES);
  EXPECT_EQ(run_answering(session, reads(workspace / "a")).asks.size(), 1u);
}

TEST_F(AskFreezeTest, the_other_threads_of_a_frozen_asker_go_on) {
  auto* count = static_cast<std::atomic<long>*>(
      ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  const std::string name = workspace / "a";
  const Operation operation = [&] {
    std::atomic<bool> over{false};
    std::thread other([&] {
      while (!over) {
        ++*count;
        ::usleep(1000);
      }
    });
    const int code = reads(name)();
    over = true;
    other.join();
    return code;
  };
  Session choosing(policy("auto"), workspace.path());
  for (Session* in : {&session, &choosing}) {
    auto held = start_frozen(*in, operation);
    ASSERT_TRUE(held.has_value());
    auto& [running, ask] = *held;
    const long before = *count;
    EXPECT_TRUE(wait_for([&] { return *count > before + 100; })) << *count - before;
    EXPECT_FALSE(running.ended());
    in->answer(ask, GH_SCOPE_ONCE, GH_ALLOW);
    EXPECT_EQ(running.wait(), 0);
  }
  Session stopping(policy("stop"), workspace.path());
  Running running = stopping.start(operation);
  const auto ask = stopping.next_ask();
  ASSERT_TRUE(ask.has_value());
  EXPECT_TRUE(wait_for([&] { return state_of(running.pid()) == 'T'; }));
  const long before = *count;
  ::usleep(200000);
  EXPECT_LE(*count, before + 1) << "the control: a stop holds them all";
  stopping.answer(*ask, GH_SCOPE_ONCE, GH_ALLOW);
  EXPECT_EQ(running.wait(), 0);
  ::munmap(count, 4096);
}

TEST_F(AskFreezeTest, auto_chooses_by_terminal_and_threads) {
  Session choosing(policy("auto"), workspace.path());
  const auto chosen = [&](const Operation& operation) {
    Running running = choosing.start(operation);
    const auto ask = choosing.next_ask();
    const bool spins = unseen(choosing);
    if (ask) choosing.answer(*ask, GH_SCOPE_ONCE, GH_ALLOW);
    EXPECT_EQ(running.wait(), 0);
    while (choosing.pending_ask()) {  // said again
    }
    return spins;
  };
  // A slow machine may see it only when its time to spin is over.
  const auto ever_chosen = [&](const Operation& operation) {
    for (int tries = 0; tries < 20; tries++)
      if (chosen(operation)) return true;
    return false;
  };
  const auto without_terminal = [&](const Operation& then) {
    return [=] {
      ::setsid();
      return then();
    };
  };
  const Operation plain = reads(workspace / "a");
  EXPECT_FALSE(chosen(without_terminal(plain)));
  EXPECT_TRUE(ever_chosen(without_terminal([&] {
    std::thread other([] { ::pause(); });
    other.detach();
    return plain();
  })));
  const int master =
      ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);  // the policy lets nobody in it write
  ASSERT_TRUE(::grantpt(master) == 0 && ::unlockpt(master) == 0);
  const int terminal = ::open(::ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
  EXPECT_TRUE(ever_chosen(without_terminal([&] {
    if (::ioctl(terminal, TIOCSCTTY, 0) != 0) return errno;
    return plain();
  })));
  ::close(terminal);
  ::close(master);
}

TEST_F(AskFreezeTest, what_would_see_the_signals_is_stopped) {
  Running handles = session.start([&] {
    struct sigaction action = {};
    action.sa_handler = [](int) {};
    ::sigaction(SIGCONT, &action, nullptr);
    return reads(workspace / "a")();
  });
  auto ask = session.next_ask();
  ASSERT_TRUE(ask.has_value());
  session.hold(*ask);
  EXPECT_FALSE(unseen(session));
  EXPECT_TRUE(wait_for([&] { return state_of(handles.pid()) == 'T'; }));
  session.answer(*ask, GH_SCOPE_ONCE, GH_ALLOW);
  EXPECT_EQ(handles.wait(), 0);

  Running traced = session.start([&] {
    ::ptrace(PTRACE_TRACEME);
    return reads(workspace / "a")();
  });
  ask = session.next_ask();
  ASSERT_TRUE(ask.has_value());
  session.hold(*ask);
  EXPECT_FALSE(unseen(session));
  int status = 0;
  ASSERT_EQ(::waitpid(traced.pid(), &status, 0), traced.pid());
  EXPECT_TRUE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP) << status;
  session.answer(*ask, GH_SCOPE_ONCE, GH_ALLOW);
  EXPECT_EQ(::ptrace(PTRACE_DETACH, traced.pid(), nullptr, nullptr), 0);
  EXPECT_EQ(traced.wait(), 0);
}

TEST_F(AskFreezeTest, a_signal_that_ends_it_ends_it) {
  for (const int signal : {SIGTERM, SIGKILL, SIGQUIT}) {
    auto held = start_frozen(session, reads(workspace / "a"));
    ASSERT_TRUE(held.has_value());
    Running& running = held->first;
    EXPECT_EQ(::kill(running.pid(), signal), 0);
    EXPECT_TRUE(wait_for([&] {
      EXPECT_TRUE(Gate::instance().answers().tend());
      return running.ended();
    })) << signal;
    EXPECT_EQ(running.wait(), -signal);
    EXPECT_TRUE(none_left(session)) << signal;
  }
}

TEST_F(AskFreezeTest, a_signal_that_would_end_a_stopped_one_ends_it_as_well) {
  Session stopping(policy("stop"), workspace.path());
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) {
    Running running = stopping.start(reads(workspace / "a"));
    ASSERT_TRUE(stopping.next_ask().has_value());
    ASSERT_TRUE(wait_for([&] { return state_of(running.pid()) == 'T'; }));
    EXPECT_EQ(::kill(running.pid(), signal), 0);
    EXPECT_TRUE(wait_for([&] {
      EXPECT_TRUE(Gate::instance().answers().tend());
      return running.ended();
    })) << signal;
    EXPECT_EQ(running.wait(), -signal);
  }
}

TEST_F(AskFreezeTest, a_stop_by_hand_shows_and_afterwards_it_is_frozen_again) {
  // A group that is not orphaned (those are not stopped by SIGTSTP): its parent is in our session.
  auto held = start_frozen(session, [&] {
    ::setpgid(0, 0);
    return reads(workspace / "a")();
  });
  ASSERT_TRUE(held.has_value());
  Running& running = held->first;
  EXPECT_EQ(::kill(running.pid(), SIGTSTP), 0);
  EXPECT_TRUE(wait_for([&] {
    EXPECT_TRUE(Gate::instance().answers().tend());
    return state_of(running.pid()) == 'T';
  }));
  EXPECT_EQ(leaves(session), 0u);
  EXPECT_EQ(::kill(running.pid(), SIGCONT), 0);
  if (const auto again = frozen_ask(session)) session.answer(*again, GH_SCOPE_ONCE, GH_ALLOW);
  EXPECT_EQ(running.wait(), 0);
  EXPECT_GE(session.all<events::Ask>().size(), 2u);
}

TEST_F(AskFreezeTest, of_too_many_at_once_some_are_stopped) {
  constexpr int kMore = 3;
  std::vector<Running> all;
  for (int i = 0; i < GH_SPINNERS + kMore; i++)
    all.push_back(session.start(reads(workspace / "a")));
  std::vector<events::Event> asks;
  while (asks.size() < all.size()) {
    auto ask = session.next_ask();
    ASSERT_TRUE(ask.has_value());
    asks.push_back(*ask);
  }
  // Nobody freezes them: those who spin are stopped as well, and say so.
  EXPECT_TRUE(wait_for([&] {
    return std::all_of(all.begin(), all.end(),
                       [](const Running& one) { return state_of(one.pid()) == 'T'; });
  }));
  int again = 0;
  while (session.pending_ask())
    again++;
  EXPECT_GE(again, 1);
  session.answer(asks[0], GH_SCOPE_SESSION, GH_ALLOW);
  for (Running& one : all)
    EXPECT_EQ(one.wait(), 0);
}

TEST_F(AskFreezeTest, another_controller_finds_and_thaws_them_and_hears_them_again) {
  auto held = start_frozen(session, reads(workspace / "a"));
  ASSERT_TRUE(held.has_value());
  Running& running = held->first;
  kernel::Answers next(Gate::instance().enforcement().memory());
  EXPECT_TRUE(next.nudge_open_asks());
  const auto thawed = kernel::thaw_holds(Gate::instance().enforcement().root());
  ASSERT_TRUE(thawed) << thawed.error().what;
  EXPECT_EQ(*thawed, 1u);
  const auto again = session.next_ask();
  ASSERT_TRUE(again.has_value());
  session.answer(*again, GH_SCOPE_ONCE, GH_ALLOW);
  EXPECT_EQ(running.wait(), 0);
  (void)Gate::instance().answers().tend();  // the one before it would not know
}

TEST_F(AskFreezeTest, a_paused_session_keeps_its_holds_and_a_killed_one_leaves_none) {
  auto held = start_frozen(session, reads(workspace / "a"));
  ASSERT_TRUE(held.has_value());
  Running& running = held->first;
  EXPECT_TRUE(session.cgroup().freeze(kernel::Milliseconds(20000)));
  EXPECT_TRUE(session.cgroup().thaw());
  EXPECT_TRUE(frozen(session, running.pid()));
  const auto processes = session.cgroup().processes();
  ASSERT_TRUE(processes);
  EXPECT_EQ(*processes, std::vector<pid_t>{running.pid()});
  EXPECT_TRUE(session.cgroup().kill());
  EXPECT_EQ(running.wait(), -SIGKILL);
  (void)Gate::instance().answers().tend();
}

TEST_F(AskFreezeTest, in_a_cgroup_of_somebody_else_the_process_is_frozen_and_no_more_changed) {
  const auto& mount = Gate::instance().enforcement().mount();
  Session attached(policy("freeze"), workspace.path(),
                   mount + "/hold-test-" + std::to_string(::getpid()));
  auto held = start_frozen(attached, [&] {
    std::thread other([] { ::pause(); });
    other.detach();
    return reads(workspace / "a")();
  });
  ASSERT_TRUE(held.has_value());
  auto& [running, ask] = *held;
  const auto type = kernel::read_file_at(attached.cgroup().fd(), "cgroup.type");
  ASSERT_TRUE(type);
  EXPECT_EQ(*type, "domain\n");
  EXPECT_EQ(told(running.pid()), 0);
  attached.answer(ask, GH_SCOPE_ONCE, GH_ALLOW);
  EXPECT_EQ(running.wait(), 0);
  EXPECT_TRUE(none_left(attached));
}

}  // namespace
}  // namespace gatehouse::testing
