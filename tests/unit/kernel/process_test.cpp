// SPDX-License-Identifier: Apache-2.0
// A process is told by number and start time together.
// It must never signal anything but children of its own.
#include "kernel/process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctime>

namespace gatehouse::kernel {
namespace {

TEST(Process, StartIsFoundBehindAnyName) {
  EXPECT_EQ(parse_start_ticks("7 (a) S 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0"), 4711u);
  EXPECT_EQ(parse_start_ticks("7 (x) y) 9 (z) S 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0"),
            4711u);
  EXPECT_FALSE(parse_start_ticks(""));
  EXPECT_FALSE(parse_start_ticks("7 (a) S 1 2 3"));
  EXPECT_FALSE(parse_start_ticks("7 (a) S 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 x 0 0"));
}

TEST(Process, StartsAreComparedByTick) {
  EXPECT_TRUE(same_start(4711ull * 10'000'000, 4711));
  EXPECT_TRUE(same_start(4711ull * 10'000'000 + 9'999'999, 4711));
  EXPECT_FALSE(same_start(4712ull * 10'000'000, 4711));
}

class AChild : public testing::Test {
 protected:
  void SetUp() override {
    pid_ = ::fork();
    if (pid_ == 0) {
      ::pause();
      ::_exit(0);
    }
    ticks_ = start_ticks(pid_, pid_).value();
  }
  void TearDown() override {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_t pid_ = -1;
  std::uint64_t ticks_ = 0;
};

TEST_F(AChild, IsOpenedByItsOwnStartOnly) {
  auto process = open_process(pid_, pid_, ticks_ * 10'000'000);
  ASSERT_TRUE(process) << process.error().what;
  EXPECT_EQ(pid_of(process->get()).value(), pid_);
  auto other = open_process(pid_, pid_, (ticks_ + 1) * 10'000'000);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ESRCH);
  auto thread = open_process(pid_, pid_ + 1, ticks_ * 10'000'000);
  ASSERT_FALSE(thread);
  EXPECT_EQ(thread.error().code, ESRCH);
}

TEST_F(AChild, IsGoneWhenItWasReaped) {
  auto process = open_process(pid_, pid_, ticks_ * 10'000'000);
  ASSERT_TRUE(process);
  ASSERT_TRUE(send_signal(process->get(), SIGKILL));
  ::waitpid(pid_, nullptr, 0);
  EXPECT_EQ(send_signal(process->get(), SIGCONT).error().code, ESRCH);
  EXPECT_EQ(pid_of(process->get()).error().code, ESRCH);
  EXPECT_EQ(open_process(pid_, pid_, ticks_ * 10'000'000).error().code, ESRCH);
}

TEST(Process, AFileIsNoPidfd) {
  const UniqueFd fd(::dup(2));
  EXPECT_EQ(pid_of(fd.get()).error().code, EBADF);
}

}  // namespace
}  // namespace gatehouse::kernel
