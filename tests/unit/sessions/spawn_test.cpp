// SPDX-License-Identifier: Apache-2.0
// A child that waits, runs, fails or is abandoned. Without a cgroup: that needs root and lives in tests/kernel.
// It must never leave a child behind.
#include "sessions/spawn.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

namespace gatehouse::sessions {
namespace {

SignalState present() {
  SignalState state;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &state.mask);
  return state;
}

int status_of(const Child& child) {
  int status = 0;
  EXPECT_EQ(::waitpid(child.pid(), &status, 0), child.pid());
  return exit_status(status);
}

// Runs a command and gives its exit status, or that of the failure.
int run(Command command, std::string* what = nullptr) {
  auto waiting = spawn_waiting(command, present());
  if (!waiting) {
    if (what != nullptr) *what = waiting.error().what;
    return kOwnFailure;
  }
  auto child = std::move(*waiting).release();
  if (!child) return kOwnFailure;
  if (auto failure = child->started()) {
    if (what != nullptr) *what = failure->error.what;
    return failure->status;
  }
  return status_of(*child);
}

int shell(const std::string& script) { return run({{"/bin/sh", "-c", script}, {}, "", {}, false}); }

TEST(Spawn, RunsAndTellsTheStatus) {
  EXPECT_EQ(shell("exit 7"), 7);
  EXPECT_EQ(shell("kill -TERM $$"), 143);
  EXPECT_EQ(run({{"sh", "-c", "exit 3"}, {}, "", {}, false}), 3);
}

TEST(Spawn, FailsAsEnvDoes) {
  std::string what;
  EXPECT_EQ(run({{"no-such-program"}, {}, "", {}, false}, &what), kNotFound);
  EXPECT_EQ(what, "cannot run \"no-such-program\": No such file or directory");
  EXPECT_EQ(run({{"/"}, {}, "", {}, false}), kCannotRun);
  EXPECT_EQ(run({{"/etc/hostname/x"}, {}, "", {}, false}), kCannotRun);
  EXPECT_EQ(run({{""}, {}, "", {}, false}), kNotFound);
  EXPECT_EQ(run({{}, {}, "", {}, false}), kOwnFailure);
  EXPECT_EQ(run({{"/bin/true"}, {}, "/no/such/folder", {}, false}, &what), kOwnFailure);
  EXPECT_NE(what.find("directory"), std::string::npos);
}

TEST(Spawn, LooksInThePathOfTheChild) {
  EXPECT_EQ(run({{"true"}, {{"PATH=/nowhere:/bin"}}, "", {}, false}), 0);
  EXPECT_EQ(run({{"true"}, {{"PATH=/nowhere"}}, "", {}, false}), kNotFound);
  EXPECT_EQ(run({{"true"}, {{"PATH="}}, "/bin", {}, false}), 0);
  EXPECT_EQ(run({{"sh", "-c", "test \"$A\" = b && test -z \"$HOME\""},
                 {{"PATH=/bin", "A=b"}},
                 "",
                 {},
                 false}),
            0);
}

TEST(Spawn, GivesTheChildStreamsAndASessionOfItsOwn) {
  auto out = make_pipe();
  ASSERT_TRUE(out);
  Command command;
  command.argv = {"/bin/sh", "-c", "ps -o sid= -p $$ | tr -d ' '; echo $$"};
  command.streams[1] = out->write.get();
  command.own_session = true;
  EXPECT_EQ(run(command), 0);
  out->write.reset();
  char text[64] = {};
  ASSERT_GT(::read(out->read.get(), text, sizeof text - 1), 0);
  const std::string said = text;
  const auto line = said.find('\n');
  ASSERT_NE(line, std::string::npos);
  EXPECT_EQ(said.substr(0, line + 1), said.substr(line + 1)) << "it leads its session";
}

TEST(Spawn, GivesTheChildNoDescriptorsOfOurs) {
  const UniqueFd file(::open("/dev/null", O_RDONLY));  // not close-on-exec
  ASSERT_TRUE(file.valid());
  EXPECT_EQ(shell("exec 2>/dev/null; test -e /proc/$$/fd/" + std::to_string(file.get())), 1);
  Command keeping = {
      {"/bin/sh", "-c", "test -e /proc/$$/fd/" + std::to_string(file.get())}, {}, "", {}, true};
  EXPECT_EQ(run(keeping), 0);
}

TEST(Spawn, GivesTheSignalMaskBack) {
  const SignalState before = present();
  sigset_t blocked;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  auto waiting =
      spawn_waiting({{"/bin/sh", "-c", "kill -TERM $$; exit 0"}, {}, "", {}, false}, before);
  ::pthread_sigmask(SIG_SETMASK, &before.mask, nullptr);
  ASSERT_TRUE(waiting);
  auto child = std::move(*waiting).release();
  ASSERT_TRUE(child);
  ASSERT_FALSE(child->started());
  EXPECT_EQ(status_of(*child), 143);
}

TEST(Spawn, AnAbandonedChildRunsNothing) {
  const std::string mark = "/tmp/gh-spawn-" + std::to_string(::getpid());
  pid_t pid = -1;
  {
    auto waiting =
        spawn_waiting({{"/bin/sh", "-c", "touch " + mark}, {}, "", {}, false}, present());
    ASSERT_TRUE(waiting);
    pid = waiting->child().pid();
    EXPECT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_NE(::access(mark.c_str(), F_OK), 0);
}

TEST(Spawn, AWaitingChildEndsWithItsParent) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    auto waiting = spawn_waiting({{"/bin/sh", "-c", "sleep 60"}, {}, "", {}, false}, present());
    const pid_t pid = waiting ? waiting->child().pid() : -1;
    (void)!::write(ends[1], &pid, sizeof pid);
    ::_exit(0);  // no destructor: as if killed
  }
  ::close(ends[1]);
  pid_t pid = -1;
  ASSERT_EQ(::read(ends[0], &pid, sizeof pid), static_cast<ssize_t>(sizeof pid));
  ::waitpid(parent, nullptr, 0);
  // The pipe's other write end lives in the waiting child until it ends.
  pollfd poll = {ends[0], POLLIN, 0};
  EXPECT_EQ(::poll(&poll, 1, 5000), 1);
  ::close(ends[0]);
}

TEST(Spawn, StartedIsPollable) {
  auto waiting = spawn_waiting({{"/bin/true"}, {}, "", {}, false}, present());
  ASSERT_TRUE(waiting);
  pollfd poll = {waiting->child().started_fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&poll, 1, 0), 0);
  auto child = std::move(*waiting).release();
  ASSERT_TRUE(child);
  poll.fd = child->started_fd();
  EXPECT_EQ(::poll(&poll, 1, 5000), 1);
  EXPECT_FALSE(child->started());
  EXPECT_EQ(child->started_fd(), -1);
  EXPECT_EQ(status_of(*child), 0);
}

}  // namespace
}  // namespace gatehouse::sessions
