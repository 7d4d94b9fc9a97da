// SPDX-License-Identifier: Apache-2.0
// Tasks that are preempted in the middle of a hook: each must get the verdict of its own path (goal P10).
// It must never pass because nothing was preempted: run it with `scripts/vm --preempt full`.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "support/gate.h"

namespace gatehouse::testing {
namespace {

constexpr const char* kPolicy = R"("filesystem": {
  "default": {"read": "allow", "write": "deny", "exec": "allow"},
  "rules": [
    {"id": "work", "action": "allow", "access": ["read", "write"], "paths": ["${workspace}/**"]},
    {"id": "closed", "action": "deny", "access": ["read", "write"], "paths": ["${workspace}/**/closed-*"]}]})";

constexpr int kTasks = 3;

struct Shared {
  std::atomic<int> working{kTasks};
  std::atomic<long> opens{0}, wrongly_allowed{0}, wrongly_denied{0}, renames{0};
};

long opens_wanted() {
  const char* text = std::getenv("GH_TEST_OPENS");
  return text != nullptr ? std::strtol(text, nullptr, 10) : 20000;
}

void stay_on_one_cpu() {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(0, &set);
  ::sched_setaffinity(0, sizeof(set), &set);
}

// 8 to 20 components with long names, different for each task.
std::string directory_of(const Directory& workspace, int task) {
  std::string path;
  for (int level = 0; level < 6 + 5 * task; level++)
    path +=
        std::string(40 + 3 * static_cast<std::size_t>(level), static_cast<char>('a' + task)) + "/";
  workspace.write(path + "open-" + std::to_string(task), "1");
  workspace.write(path + "closed-" + std::to_string(task), "1");
  return workspace / path;
}

class PreemptTest : public ::testing::Test {
 protected:
  PreemptTest() : shared(*new (map_shared()) Shared) {}
  ~PreemptTest() override { ::munmap(&shared, sizeof(Shared)); }
  static void* map_shared() {
    return ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                  0);
  }

  // Opens its two files until the number is reached.
  Operation opener(int task, long wanted) {
    const std::string directory = directory_of(workspace, task);
    const std::string open = directory + "open-" + std::to_string(task);
    const std::string closed = directory + "closed-" + std::to_string(task);
    return [=, this] {
      ::alarm(0);
      stay_on_one_cpu();
      while (shared.opens.fetch_add(2) < wanted) {
        const int allowed = ::open(open.c_str(), O_RDONLY);
        if (allowed < 0) shared.wrongly_denied++;
        ::close(allowed);
        const int denied = ::open(closed.c_str(), O_RDONLY);
        if (denied >= 0) shared.wrongly_allowed++;
        ::close(denied);
      }
      shared.working--;
      return 0;
    };
  }
  // Renames to and fro elsewhere until the others are done.
  Operation renamer() {
    workspace.write("elsewhere/a", "1");
    return [this] {
      ::alarm(0);
      stay_on_one_cpu();
      const std::string a = workspace / "elsewhere/a", b = workspace / "elsewhere/b";
      while (shared.working.load() > 0) {
        if (::rename(a.c_str(), b.c_str()) != 0 || ::rename(b.c_str(), a.c_str()) != 0)
          return errno;
        shared.renames += 2;
      }
      return 0;
    };
  }

  Directory workspace;
  Session session{kPolicy, workspace.path()};
  Shared& shared;
};

TEST_F(PreemptTest, no_task_gets_the_verdict_of_another_ones_path) {
  const long wanted = opens_wanted();
  std::vector<Running> tasks;
  std::map<std::uint32_t, std::string> closed;
  for (int task = 0; task < kTasks; task++) {
    tasks.push_back(session.start(opener(task, wanted)));
    closed[static_cast<std::uint32_t>(tasks.back().pid())] =
        directory_of(workspace, task) + "closed-" + std::to_string(task);
  }
  const pid_t other = ::fork();
  if (other == 0) ::_exit(renamer()());

  long told = 0, foreign = 0;
  const auto look_at_events = [&] {
    for (const auto& event : Gate::instance().take(session.serial())) {
      const auto* decision = std::get_if<events::Decision>(&event.body);
      if (decision == nullptr) continue;
      told++;
      const auto own = closed.find(event.process.pid);
      if (own == closed.end() || own->second != decision->object.text) foreign++;
    }
    return shared.working.load() == 0;
  };
  const long before = shared.opens.load();
  while (!wait_for(look_at_events) && shared.opens.load() != before) {
  }
  for (Running& task : tasks)
    EXPECT_EQ(task.wait(), 0);
  int status = 0;
  EXPECT_EQ(::waitpid(other, &status, 0), other);
  EXPECT_EQ(status, 0);
  look_at_events();

  EXPECT_EQ(shared.wrongly_allowed.load(), 0);
  EXPECT_EQ(shared.wrongly_denied.load(), 0);
  EXPECT_EQ(foreign, 0) << "events with another task's path";
  EXPECT_GT(told, 0);
  EXPECT_GT(shared.renames.load(), 0);
  RecordProperty("opens", std::to_string(shared.opens.load()));
  RecordProperty("renames", std::to_string(shared.renames.load()));
}

TEST_F(PreemptTest, unconfined_tasks_open_both_files) {
  const long wanted = 200;
  shared.working = 1;
  EXPECT_EQ(unconfined(opener(0, wanted)), 0);
  EXPECT_EQ(shared.wrongly_allowed.load(), wanted / 2);
  EXPECT_EQ(shared.wrongly_denied.load(), 0);
}

}  // namespace
}  // namespace gatehouse::testing
