// SPDX-License-Identifier: Apache-2.0
// The process table as events tell it. It must never look into the real /proc but where it says so.
#include "events/processes.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <map>

namespace gatehouse::events {
namespace {

class FakeProc : public ProcessSource {
 public:
  std::optional<Program> read(std::uint32_t pid) const override {
    ++reads;
    const auto found = at.find(pid);
    if (found == at.end()) return std::nullopt;
    return found->second;
  }
  std::map<std::uint32_t, Program> at;
  mutable int reads = 0;
};

Event fork_of(std::uint32_t pid, std::uint64_t start, std::uint32_t child,
              std::uint64_t child_start) {
  Event event;
  event.process.pid = pid;
  event.process.start = start;
  event.body = Fork{child, child_start};
  return event;
}
Event exec_of(std::uint32_t pid, std::uint64_t start, std::string exe,
              std::vector<std::string> argv) {
  Event event;
  event.process.pid = pid;
  event.process.start = start;
  event.body = Exec{{std::move(exe), {}, false}, std::move(argv), false};
  return event;
}
Event exit_of(std::uint32_t pid, std::uint64_t start) {
  Event event;
  event.process.pid = pid;
  event.process.start = start;
  event.body = Exit{0};
  return event;
}
Process process(std::uint32_t pid, std::uint64_t start) {
  Process out;
  out.pid = pid;
  out.start = start;
  return out;
}

TEST(Processes, GivesAChildTheProgramOfItsParentUntilItExecs) {
  FakeProc proc;
  Processes table(proc);
  table.learn(exec_of(10, 1, "/bin/bash", {"bash"}));
  table.learn(fork_of(10, 1, 11, 2));
  EXPECT_EQ(table.chain(process(11, 2))[0].exe, "/bin/bash");
  table.learn(exec_of(11, 2, "/bin/git", {"git", "push"}));
  const auto chain = table.chain(process(11, 2));
  ASSERT_EQ(chain.size(), 2u);
  EXPECT_EQ(chain[0].exe, "/bin/git");
  EXPECT_EQ(chain[0].argv[1], "push");
  EXPECT_EQ(chain[1].pid, 10u);
  EXPECT_EQ(chain[1].exe, "/bin/bash");
}

TEST(Processes, KeepsAParentThatExitedForTheChainOfItsChild) {
  FakeProc proc;
  Processes table(proc);
  table.learn(exec_of(10, 1, "/bin/bash", {"bash"}));
  table.learn(fork_of(10, 1, 11, 2));
  table.learn(exit_of(10, 1));
  const auto chain = table.chain(process(11, 2));
  ASSERT_EQ(chain.size(), 2u);
  EXPECT_EQ(chain[1].exe, "/bin/bash");
}

TEST(Processes, NeverTakesAReusedPidForItsFormerOwner) {
  FakeProc proc;
  Processes table(proc);
  table.learn(exec_of(10, 1, "/bin/old", {"old"}));
  table.learn(exit_of(10, 1));
  proc.at[10] = {10, 50'000'000, 1, "/bin/new", {"new"}, "/"};
  Event event;
  event.process.pid = 10;
  event.process.start = 50'123'456;
  table.fill(event);
  EXPECT_EQ(event.process.exe, "/bin/new");
  event.process.exe.clear();
  event.process.start = 70'000'001;
  table.fill(event);
  EXPECT_EQ(event.process.exe, "") << "/proc shows another process than the event is of";
}

TEST(Processes, LooksIntoProcOnceForAProcessThatNoEventToldOf) {
  FakeProc proc;
  proc.at[10] = {10, 10'000'000, 1, "/bin/old", {"old"}, "/"};
  Processes table(proc);
  Event event;
  event.process.pid = 10;
  event.process.start = 10'000'001;
  table.fill(event);
  event.process.exe.clear();
  table.fill(event);
  EXPECT_EQ(event.process.exe, "/bin/old");
  EXPECT_EQ(proc.reads, 1);
}

TEST(Processes, TakesNoThreadForAChild) {
  FakeProc proc;
  Processes table(proc);
  table.learn(exec_of(10, 1, "/bin/x", {}));
  table.learn(fork_of(10, 1, 10, 5));
  EXPECT_EQ(table.size(), 1u);
}

TEST(Processes, StaysWithinItsBounds) {
  FakeProc proc;
  Processes table(proc, 100);
  for (std::uint32_t pid = 1; pid < 5000; ++pid) {
    table.learn(exec_of(pid, pid, "/bin/x", {}));
    if (pid % 2 == 0) table.learn(exit_of(pid, pid));
  }
  EXPECT_LE(table.size(), 100u + Processes::kMostGone);
}

TEST(Processes, EndsAChainThatGoesInACircle) {
  FakeProc proc;
  proc.at[10] = {10, 0, 11, "/a", {}, "/"};
  proc.at[11] = {11, 0, 10, "/b", {}, "/"};
  Processes table(proc);
  EXPECT_EQ(table.chain(process(10, 0)).size(), 2u);
}

TEST(Processes, ShowsAnUnknownProcessByItsNumberAlone) {
  FakeProc proc;
  Processes table(proc);
  const auto chain = table.chain(process(10, 5));
  ASSERT_EQ(chain.size(), 1u);
  EXPECT_EQ(chain[0].pid, 10u);
  EXPECT_EQ(chain[0].exe, "");
}

// A fork as the kernel tells it of a session at a time.
Event fork_in(std::uint64_t session, std::int64_t time, std::uint32_t pid, std::uint32_t child) {
  Event event = fork_of(pid, pid, child, child);
  event.session.serial = session;
  event.time = time;
  event.process.uid = 1000;
  event.process.comm = "agent";
  return event;
}

std::string called(Processes& table, std::uint32_t pid) {
  Event event;
  event.process = process(pid, pid);
  table.fill(event);
  return call_text(event.process);
}

TEST(Processes, WhatAnAgentStartsDuringACallBelongsToItWithAllThatComesOfIt) {
  FakeProc proc;
  Processes table(proc);
  table.learn(fork_in(3, 5, 10, 11));
  table.calls().begin({3, 10, 10}, {"toolu_1", "c", "", "Bash"}, 10);
  table.learn(fork_in(3, 11, 10, 12));
  table.learn(exec_of(12, 12, "/bin/sh", {"sh"}));
  table.learn(fork_in(3, 12, 12, 13));
  table.learn(fork_in(3, 13, 11, 14));
  table.calls().end({3, 10, 10}, "toolu_1");
  table.learn(fork_in(3, 14, 10, 15));
  table.learn(fork_in(3, 15, 13, 16));
  EXPECT_EQ(called(table, 11), "") << "was there before";
  EXPECT_EQ(called(table, 12), "call toolu_1");
  EXPECT_EQ(called(table, 13), "call toolu_1");
  EXPECT_EQ(called(table, 14), "") << "another process started it";
  EXPECT_EQ(called(table, 15), "") << "the call had ended";
  EXPECT_EQ(called(table, 16), "call toolu_1") << "a process of the call goes on after it";
  EXPECT_EQ(called(table, 10), "") << "the agent itself is of no call";
}

TEST(Processes, AnAgentWithinACallHasCallsOfItsOwn) {
  FakeProc proc;
  Processes table(proc);
  table.calls().begin({3, 10, 10}, {"outer", "c", "", ""}, 1);
  table.learn(fork_in(3, 2, 10, 11));
  table.calls().begin({3, 11, 11}, {"inner", "d", "", ""}, 3);
  table.learn(fork_in(3, 4, 11, 12));
  table.calls().end({3, 11, 11}, "inner");
  table.learn(fork_in(3, 5, 11, 13));
  EXPECT_EQ(called(table, 11), "call outer");
  EXPECT_EQ(called(table, 12), "call inner");
  EXPECT_EQ(called(table, 13), "call outer");
}

TEST(Processes, TheAgentOfAHookIsFoundByTheForksOfItsSessionAlone) {
  FakeProc proc;
  proc.at[9] = {9, 0, 8, "/bin/outside", {}, "/"};
  Processes table(proc);
  table.learn(fork_in(4, 1, 9, 10));  // another session's
  table.learn(fork_in(3, 2, 10, 11));
  table.learn(fork_in(3, 3, 11, 12));
  const auto agent = table.above(12, 2, 3);
  ASSERT_TRUE(agent);
  EXPECT_EQ(agent->process.pid, 10u);
  EXPECT_EQ(agent->process.uid, 1000u);
  EXPECT_EQ(agent->process.comm, "agent");
  EXPECT_EQ(agent->child, 11u);
  EXPECT_EQ(agent->child_start, 11u);
  EXPECT_FALSE(table.above(12, 3, 3)) << "what lies above is of another session";
  EXPECT_FALSE(table.above(12, 2, 4));
  EXPECT_FALSE(table.above(77, 1, 3)) << "no fork told of it";
  table.learn(exit_of(10, 10));
  EXPECT_FALSE(table.above(12, 2, 3)) << "it has ended";
}

TEST(ProcFs, ReadsThisVeryProcess) {
  const auto self = ProcFs{}.read(static_cast<std::uint32_t>(::getpid()));
  ASSERT_TRUE(self);
  EXPECT_EQ(self->ppid, static_cast<std::uint32_t>(::getppid()));
  EXPECT_NE(self->exe.find("unit_events"), std::string::npos);
  EXPECT_FALSE(self->argv.empty());
  EXPECT_FALSE(self->cwd.empty());
  EXPECT_NE(self->start, 0u);
}

TEST(ProcFs, HasNothingForAProcessThatIsNotThere) { EXPECT_FALSE(ProcFs{}.read(0x7fffffff)); }

}  // namespace
}  // namespace gatehouse::events
