// SPDX-License-Identifier: Apache-2.0
// Which signals a held thread is let run for, and what a leaf is called.
// It must never depend on the signals of the test's own process.
#include "kernel/hold.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdio>

namespace gatehouse::kernel {
namespace {

struct Masks {
  std::uint64_t thread = 0, process = 0, blocked = 0, ignored = 0, caught = 0;
};

std::string status(const Masks& masks) {
  char text[512];
  std::snprintf(text, sizeof text,
                "Name:\tSigPnd:\nState:\tS (sleeping)\nSigQ:\t1/15000\nSigPnd:\t%016lx\n"
                "ShdPnd:\t%016lx\nSigBlk:\t%016lx\nSigIgn:\t%016lx\nSigCgt:\t%016lx\nCapInh:\t0\n",
                masks.thread, masks.process, masks.blocked, masks.ignored, masks.caught);
  return text;
}

std::uint64_t bit(int signal) { return 1ull << (signal - 1); }

TEST(HeedsSignal, one_that_ends_the_program) {
  EXPECT_FALSE(heeds_signal(status({}), false));
  EXPECT_FALSE(heeds_signal("", false));
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGALRM, SIGSEGV, 40, 64}) {
    EXPECT_TRUE(heeds_signal(status({.thread = bit(signal)}), false)) << signal;
    EXPECT_TRUE(heeds_signal(status({.process = bit(signal)}), true)) << signal;
  }
}

TEST(HeedsSignal, one_that_is_meant_to_even_if_it_is_handled) {
  EXPECT_TRUE(heeds_signal(status({.process = bit(SIGTERM), .caught = bit(SIGTERM)}), true));
  EXPECT_TRUE(heeds_signal(status({.process = bit(SIGINT), .caught = bit(SIGINT)}), false));
  EXPECT_FALSE(heeds_signal(status({.process = bit(SIGALRM), .caught = bit(SIGALRM)}), false));
}

TEST(HeedsSignal, none_that_is_blocked_ignored_or_nothing_by_default) {
  EXPECT_FALSE(heeds_signal(status({.process = bit(SIGTERM), .blocked = bit(SIGTERM)}), false));
  EXPECT_FALSE(heeds_signal(status({.process = bit(SIGTERM), .ignored = bit(SIGTERM)}), false));
  for (const int signal : {SIGCHLD, SIGURG, SIGWINCH, SIGCONT})
    EXPECT_FALSE(heeds_signal(status({.process = bit(signal)}), false)) << signal;
}

TEST(HeedsSignal, a_stop_only_where_it_does_not_stand_already) {
  for (const int signal : {SIGTSTP, SIGTTIN, SIGTTOU}) {
    EXPECT_TRUE(heeds_signal(status({.process = bit(signal)}), false)) << signal;
    EXPECT_FALSE(heeds_signal(status({.process = bit(signal)}), true)) << signal;
  }
}

TEST(IsHold, goes_by_the_last_name_alone) {
  EXPECT_TRUE(is_hold("/gatehouse/host/x-1/gatehouse-hold-17-1"));
  EXPECT_FALSE(is_hold("/gatehouse/host/gatehouse-hold-17-1/x"));
  EXPECT_FALSE(is_hold("/gatehouse/host/x-1"));
  EXPECT_FALSE(is_hold(""));
}

}  // namespace
}  // namespace gatehouse::kernel
