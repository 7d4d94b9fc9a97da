// SPDX-License-Identifier: Apache-2.0
// Opens against renames of the directories above them: who opens after a move must be judged by what holds
// after it, whatever other tasks remember meanwhile. It must never leave a task running.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "support/gate.h"

namespace gatehouse::testing {
namespace {

constexpr const char* kPolicy = R"("filesystem": {
  "default": {"read": "allow", "write": "allow", "exec": "allow"},
  "rules": [
    {"id": "closed", "action": "deny", "access": ["read", "write"], "paths": ["${workspace}/closed/**"]}]})";

struct Storm {
  std::atomic<int> turn{0};  // 0: the mover's, 1 open place, 2 closed place: the checker's
  std::atomic<bool> over{false};
  std::atomic<long> wrong{0}, opens{0};
};

class DirectoryRace : public ::testing::Test {
 protected:
  DirectoryRace()
      : storm(*new (::mmap(nullptr, sizeof(Storm), PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Storm) {
    workspace.write("open/x/p/f", "1");
    workspace.write("closed/y", "1");
  }
  ~DirectoryRace() override { ::munmap(&storm, sizeof(Storm)); }

  // Opens without pause, so that the directories are always being remembered.
  Operation background(std::vector<std::string> paths) {
    return [=, this] {
      ::alarm(0);
      while (!storm.over) {
        for (const auto& path : paths)
          (void)reads(path)();
        storm.opens++;
      }
      return 0;
    };
  }
  static int rounds() {
    const char* text = std::getenv("GH_TEST_RENAMES");
    return text != nullptr ? std::atoi(text) : 1000;
  }
  static void must_rename(const std::string& from, const std::string& to) {
    ASSERT_EQ(::rename(from.c_str(), to.c_str()), 0) << from;
  }

  Directory workspace;
  Session session{kPolicy, workspace.path()};
  Storm& storm;
};

TEST_F(DirectoryRace, Preempt_who_opens_after_a_move_is_judged_after_it) {
  const auto open_place = workspace / "open/x", closed_place = workspace / "closed/x";
  const auto checker = [&] {
    ::alarm(0);
    while (!storm.over) {
      const int turn = storm.turn;
      if (turn == 0) {
        ::sched_yield();
        continue;
      }
      const int got = reads((turn == 1 ? open_place : closed_place) + "/p/f")();
      if (got != (turn == 1 ? 0 : EACCES)) storm.wrong++;
      storm.turn = 0;
    }
    return 0;
  };
  const auto opener = background({open_place + "/p/f", closed_place + "/p/f"});
  auto first = session.start(opener), second = session.start(opener),
       third = session.start(checker);
  for (int i = 0; i < rounds(); i++) {
    const bool close = i % 2 == 0;
    must_rename(close ? open_place : closed_place, close ? closed_place : open_place);
    storm.turn = close ? 2 : 1;
    while (storm.turn != 0)
      ::sched_yield();
  }
  storm.over = true;
  EXPECT_EQ(first.wait() + second.wait() + third.wait(), 0);
  EXPECT_EQ(storm.wrong, 0);
  EXPECT_GT(storm.opens, rounds() / 10);
}

// A file moves out of its directory, which is removed at once, while others open it: what is kept must not
// be hung on an inode that is going. The kernel dies of that, if not here then when the gate is lifted.
TEST_F(DirectoryRace, Preempt_directories_that_go_while_their_files_are_opened) {
  const auto here = workspace / "open/here", there = workspace / "open/there";
  const auto opener = background({here + "/f", there + "/f"});
  workspace.write("open/here/f", "1");
  auto first = session.start(opener), second = session.start(opener);
  for (int i = 0; i < 5 * rounds(); i++) {
    const auto& from = i % 2 == 0 ? here : there;
    const auto& to = i % 2 == 0 ? there : here;
    ASSERT_EQ(::mkdir(to.c_str(), 0755), 0);
    must_rename(from + "/f", to + "/f");
    ASSERT_EQ(::rmdir(from.c_str()), 0);
    if (i % 16 == 0) ::sched_yield();
  }
  storm.over = true;
  EXPECT_EQ(first.wait() + second.wait(), 0);
}

}  // namespace
}  // namespace gatehouse::testing
