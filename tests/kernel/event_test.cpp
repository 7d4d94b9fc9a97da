// SPDX-License-Identifier: Apache-2.0
// What is told of processes, and that nothing is lost in silence. It must never call an event lost that
// was only not read yet.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <set>

#include "support/gate.h"

namespace gatehouse::testing {
namespace {

constexpr const char* kPolicy = R"("filesystem": {
  "default": {"read": "allow", "write": "allow", "exec": "allow"},
  "rules": [{"id": "x", "action": "deny", "access": "read", "paths": ["**/x"]}]},
  "exec": {"default": "allow"})";

class EventTest : public ::testing::Test {
 protected:
  EventTest() { workspace.write("x", "1"); }
  std::vector<events::Event> exits_of(std::uint32_t pid) {
    std::vector<events::Event> out;
    for (auto& event : session.all<events::Exit>())
      if (event.process.pid == pid) out.push_back(event);
    return out;
  }
  Directory workspace;
  Session session{kPolicy, workspace.path()};
};

TEST_F(EventTest, a_process_is_told_from_fork_to_exit) {
  const std::string program = workspace / "program";
  std::filesystem::copy_file("/bin/sh", program);
  Running running = session.start(executes({program, "-c", "exit 7", "", "\xff\n"}));
  const auto parent = static_cast<std::uint32_t>(running.pid());
  EXPECT_EQ(running.wait(), 7);

  const auto forks = session.all<events::Fork>();
  ASSERT_EQ(forks.size(), 1u);
  EXPECT_EQ(forks[0].process.pid, parent);
  const auto child = std::get<events::Fork>(forks[0].body);

  const auto execs = session.all<events::Exec>();
  ASSERT_EQ(execs.size(), 1u);
  EXPECT_EQ(execs[0].process.pid, child.child);
  EXPECT_EQ(execs[0].process.start, child.child_start);
  EXPECT_EQ(execs[0].process.ppid, parent);
  EXPECT_EQ(execs[0].process.comm, "program");
  const auto& exec = std::get<events::Exec>(execs[0].body);
  EXPECT_EQ(exec.program.text, program);
  EXPECT_EQ(exec.argv, (std::vector<std::string>{program, "-c", "exit 7", "", "\xff\n"}));
  EXPECT_FALSE(exec.argv_cut);

  ASSERT_EQ(exits_of(child.child).size(), 1u);
  EXPECT_EQ(std::get<events::Exit>(exits_of(child.child)[0].body).status, W_EXITCODE(7, 0));
  ASSERT_EQ(exits_of(parent).size(), 1u);
  EXPECT_EQ(std::get<events::Exit>(exits_of(parent)[0].body).status, W_EXITCODE(7, 0));
}

TEST_F(EventTest, a_killed_process_is_told_with_its_signal) {
  Running running = session.start([] { return ::raise(SIGKILL); });
  const auto pid = static_cast<std::uint32_t>(running.pid());
  EXPECT_EQ(running.wait(), -SIGKILL);
  ASSERT_EQ(exits_of(pid).size(), 1u);
  EXPECT_EQ(std::get<events::Exit>(exits_of(pid)[0].body).status, SIGKILL);
}

TEST_F(EventTest, a_script_is_told_with_the_program_that_runs_it) {
  workspace.write("script", "#!/bin/sh\nexit 0\n");
  ::chmod((workspace / "script").c_str(), 0755);
  EXPECT_EQ(session.run(executes({workspace / "script", "word"})), 0);
  const auto execs = session.all<events::Exec>();
  ASSERT_EQ(execs.size(), 1u);
  const auto& exec = std::get<events::Exec>(execs[0].body);
  EXPECT_EQ(exec.program.text, std::filesystem::canonical("/bin/sh"));
  EXPECT_EQ(exec.argv, (std::vector<std::string>{"/bin/sh", workspace / "script", "word"}));
}

TEST_F(EventTest, arguments_that_do_not_fit_are_told_cut) {
  EXPECT_EQ(session.run(executes({"/bin/true", std::string(3000, 'a'), "last"})), 0);
  const auto execs = session.all<events::Exec>();
  ASSERT_EQ(execs.size(), 1u);
  const auto& exec = std::get<events::Exec>(execs[0].body);
  ASSERT_EQ(exec.argv.size(), 2u);
  EXPECT_EQ(exec.argv[1].find_first_not_of('a'), std::string::npos);
  EXPECT_GT(exec.argv[1].size(), 900u);
  EXPECT_TRUE(exec.argv_cut);
}

TEST_F(EventTest, a_denied_program_is_no_exec_event) {
  EXPECT_EQ(session.run(executes({workspace / "missing"})), ENOENT);
  EXPECT_EQ(session.all<events::Exec>().size(), 0u);
  EXPECT_EQ(session.all<events::Fork>().size(), 1u);
}

TEST_F(EventTest, processes_outside_are_told_of_to_nobody) {
  (void)Gate::instance().take(0);
  EXPECT_EQ(unconfined(executes({"/bin/true"})), 0);
  EXPECT_TRUE(Gate::instance().take(0).empty());
  EXPECT_TRUE(session.all<events::Exec>().empty());
}

// One denied open on each CPU: the last number that was given there, and then the next one, is seen.
void mark_each_cpu(Session& session, const std::string& denied) {
  for (long cpu = 0; cpu < ::sysconf(_SC_NPROCESSORS_ONLN); cpu++)
    EXPECT_EQ(session.run([&, cpu] {
      cpu_set_t set;
      CPU_ZERO(&set);
      CPU_SET(static_cast<std::size_t>(cpu), &set);
      return ::sched_setaffinity(0, sizeof(set), &set) != 0 ? errno : reads(denied)();
    }),
              EACCES);
}

TEST_F(EventTest, a_full_ring_is_counted_and_leaves_gaps) {
  auto& memory = Gate::instance().enforcement().memory();
  (void)session.decisions();
  mark_each_cpu(session, workspace / "x");
  std::vector<events::Event> seen;
  const auto take = [&] {
    for (auto& event : Gate::instance().take(session.serial()))
      seen.push_back(std::move(event));
  };
  take();
  const auto before = memory.counters();
  ASSERT_TRUE(before);
  EXPECT_EQ(session.run([&] {
    for (int time = 0; time < 9000; time++)
      if (const int code = reads(workspace / "x")(); code != EACCES) return code;
    return 0;
  }),
            0);
  take();
  mark_each_cpu(session, workspace / "x");
  take();
  const auto after = memory.counters();
  ASSERT_TRUE(after);
  const std::uint64_t lost = after->lost_events - before->lost_events;
  EXPECT_GT(lost, 0u);

  std::map<std::uint32_t, std::set<std::uint64_t>> numbers;
  for (const auto& event : seen) {
    ASSERT_TRUE(event.origin.has_value());
    EXPECT_TRUE(numbers[event.origin->cpu].insert(event.origin->seq).second) << "told twice";
  }
  std::uint64_t missing = 0;
  for (const auto& [cpu, on_cpu] : numbers)
    missing += *on_cpu.rbegin() - *on_cpu.begin() + 1 - on_cpu.size();
  EXPECT_EQ(missing, lost);
}

}  // namespace
}  // namespace gatehouse::testing
