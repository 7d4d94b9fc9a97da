// SPDX-License-Identifier: Apache-2.0
// Rules on arguments in the kernel: what starts, what is refused, what is asked for and with which words shown. It
// must never count a program as refused that would not have run unconfined.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <thread>

#include "support/gate.h"

namespace gatehouse::testing {
namespace {

constexpr const char* kPolicy = R"("filesystem": {
  "default": {"read": "allow", "write": "deny", "exec": "allow"},
  "rules": [{"id": "work", "action": "allow", "access": ["read", "write"], "paths": ["${workspace}/**"]}]},
  "exec": {"default": "allow", "rules": [
    {"id": "push", "action": "deny", "command": ["tool", "push"], "not": [["tool", "push", "**", "--dry-run"]]},
    {"id": "publish", "action": "ask", "command": ["tool", "publish"]},
    {"id": "anywhere", "action": "deny", "command": ["tool", "**", "--force"]},
    {"id": "killed", "action": "kill", "command": ["${workspace}/tool", "killed"]},
    {"id": "asked", "action": "ask", "paths": ["${workspace}/asked"]}]})";

using Argv = std::vector<std::string>;

class CommandTest : public ::testing::Test {
 protected:
  CommandTest() {
    copy("/bin/true", "tool");
    copy("/bin/true", "other");
    copy("/bin/true", "asked");
  }
  void copy(const std::string& program, const std::string& name) const {
    std::filesystem::copy_file(program, workspace / name);
    ::chmod((workspace / name).c_str(), 0755);
  }
  Operation starts(Argv arguments, const std::string& name = "tool") const {
    arguments.insert(arguments.begin(), workspace / name);
    return executes(arguments);
  }
  void expect_denied(const Argv& arguments, const std::string& rule) {
    EXPECT_EQ(unconfined(starts(arguments)), 0);
    EXPECT_EQ(session.run(starts(arguments)), EACCES) << session.last_words();
    const auto told = session.decisions();
    ASSERT_FALSE(told.empty());
    EXPECT_EQ(session.rule(told.back()), rule);
    const auto& decision = std::get<events::Decision>(told.back().body);
    EXPECT_EQ(decision.access, GH_EXEC);
    EXPECT_EQ(decision.object.text, workspace / "tool");
    Argv all = arguments;
    all.insert(all.begin(), workspace / "tool");
    EXPECT_EQ(decision.argv, all);
  }

  Directory workspace;
  Session session{kPolicy, workspace.path()};
};

TEST_F(CommandTest, arguments_are_judged_and_shown) {
  EXPECT_EQ(session.run(starts({})), 0);
  EXPECT_EQ(session.run(starts({"status", "push"})), 0);
  EXPECT_EQ(session.run(starts({"push"}, "other")), 0);
  EXPECT_EQ(session.run(starts({"push", "origin", "--dry-run"})), 0);
  EXPECT_TRUE(session.decisions().empty());
  expect_denied({"push"}, "push");
  expect_denied({"push", "", "origin/main"}, "push");
}

TEST_F(CommandTest, the_first_word_is_the_program_and_not_what_the_caller_calls_it) {
  const std::string tool = workspace / "tool";
  const auto as = [&](const char* name) {
    return Operation([=] {
      const pid_t pid = ::vfork();
      if (pid == 0) {
        ::execl(tool.c_str(), name, "push", nullptr);
        ::_exit(errno);
      }
      int status = 0;
      ::waitpid(pid, &status, 0);
      return WEXITSTATUS(status);
    });
  };
  for (const char* name : {"other", "", "tool"}) {
    EXPECT_EQ(unconfined(as(name)), 0);
    EXPECT_EQ(session.run(as(name)), EACCES) << name;
  }
}

TEST_F(CommandTest, many_and_long_arguments_are_read_to_their_end) {
  Argv many(20'000, "argument");
  EXPECT_EQ(session.run(starts(many)), 0);
  many.emplace_back("--force");
  many.emplace_back("last");
  EXPECT_EQ(unconfined(starts(many)), 0);
  EXPECT_EQ(session.run(starts(many)), EACCES);
  // At every place in a word and across pages.
  for (std::size_t length = 4084; length < 4102; ++length) {
    const Argv denied{std::string(length, 'x'), "--force"};
    const Argv allowed{std::string(length, 'x'), "--forces"};
    EXPECT_EQ(session.run(starts(denied)), EACCES) << length;
    EXPECT_EQ(session.run(starts(allowed)), 0) << length;
  }
}

TEST_F(CommandTest, a_command_that_is_asked_for_shows_its_arguments_and_runs_once_allowed) {
  const Answered allowed = run_answering(session, starts({"publish", "a b", "x"}));
  EXPECT_EQ(allowed.result, 0) << session.last_words();
  ASSERT_EQ(allowed.asks.size(), 1u);
  const auto& ask = std::get<events::Ask>(allowed.asks[0].body);
  EXPECT_EQ(ask.object.text, workspace / "tool");
  EXPECT_EQ(ask.argv, (Argv{workspace / "tool", "publish", "a b", "x"}));
  const Answered denied = run_answering(session, starts({"publish"}), {GH_SCOPE_ONCE, GH_DENY});
  EXPECT_EQ(denied.result, EACCES);
}

TEST_F(CommandTest, an_answer_is_for_these_very_arguments) {
  EXPECT_EQ(run_answering(session, starts({"publish", "x"}), {GH_SCOPE_SESSION, GH_ALLOW}).result,
            0);
  ::setenv("GH_ANOTHER", "environment moves the strings", 1);
  EXPECT_TRUE(run_answering(session, starts({"publish", "x"})).asks.empty());
  ::unsetenv("GH_ANOTHER");
  EXPECT_EQ(run_answering(session, starts({"publish", "y"})).asks.size(), 1u);
  EXPECT_EQ(run_answering(session, starts({"publish", "x", ""})).asks.size(), 1u);
  EXPECT_EQ(run_answering(session, starts({"publish"})).asks.size(), 1u);
}

TEST_F(CommandTest, what_a_rule_on_the_program_asks_is_asked_once) {
  const Answered answered = run_answering(session, starts({"publish"}, "asked"));
  EXPECT_EQ(answered.result, 0);
  EXPECT_EQ(answered.asks.size(), 1u);
}

TEST_F(CommandTest, kill_ends_the_process_before_the_program_runs) {
  const std::string tool = workspace / "tool";
  const Operation operation = [=] {
    ::execl(tool.c_str(), tool.c_str(), "killed", nullptr);
    return errno;
  };
  EXPECT_EQ(unconfined(operation), 0);
  EXPECT_EQ(session.run(operation), -SIGKILL);
}

TEST_F(CommandTest, scripts_are_commands_by_their_own_name) {
  std::filesystem::remove(workspace / "tool");
  workspace.write("tool", "#!/bin/sh\nexit 0\n");
  ::chmod((workspace / "tool").c_str(), 0755);
  EXPECT_EQ(session.run(starts({"status"})), 0);
  expect_denied({"push"}, "push");
}

TEST_F(CommandTest, programs_started_by_descriptor_are_commands_too) {
  const std::string tool = workspace / "tool";
  const Operation operation = [=] {
    const int fd = ::open(tool.c_str(), O_PATH | O_CLOEXEC);
    const pid_t pid = ::fork();
    if (pid == 0) {
      char* const argv[] = {const_cast<char*>("x"), const_cast<char*>("push"), nullptr};
      ::fexecve(fd, argv, environ);
      ::_exit(errno);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    ::close(fd);
    return WEXITSTATUS(status);
  };
  EXPECT_EQ(unconfined(operation), 0);
  EXPECT_EQ(session.run(operation), EACCES);
}

// One thread changes the word while another starts the program with it, which exits with 0 if it ran with "push".
// Returns how often, at most `enough`.
int race(const std::string& program, int tries, int enough) {
  char word[] = "stat";
  std::atomic<bool> over = false;
  std::thread swapper([&] {
    while (!over) {
      std::memcpy(word, "push", 4);
      std::memcpy(word, "stat", 4);
    }
  });
  int slipped = 0;
  char equals[] = "=", push[] = "push", name[] = "tool";
  char* const argv[] = {name, word, equals, push, nullptr};
  for (int i = 0; i < tries && slipped < enough; ++i) {
    const pid_t pid = ::vfork();
    if (pid == 0) {
      ::execv(program.c_str(), argv);
      ::_exit(2);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) ++slipped;
  }
  over = true;
  swapper.join();
  return slipped;
}

TEST_F(CommandTest, a_swapped_argument_does_not_slip_through) {
  std::filesystem::remove(workspace / "tool");
  copy("/usr/bin/test", "tool");
  const std::string tool = workspace / "tool";
  const int tries = 400;
  const auto result = [&] { return race(tool, tries, 10); };
  EXPECT_GT(unconfined(result), 0) << "the swap never hit: nothing is shown";
  EXPECT_EQ(session.run(result), 0);
  EXPECT_FALSE(session.decisions().empty()) << "no try met the swapped word";
}

class CommandDefaultTest : public ::testing::Test {
 protected:
  Directory workspace;
};

TEST_F(CommandDefaultTest, a_rule_that_allows_a_command_does_not_allow_the_program) {
  std::filesystem::copy_file("/bin/true", workspace / "tool");
  std::filesystem::copy_file("/bin/true", workspace / "other");
  Session session(R"("filesystem": {"default": {"read": "allow", "write": "deny", "exec": "allow"}},
    "exec": {"default": "deny", "rules": [
      {"id": "loader", "action": "allow", "paths": ["/usr/lib*/**", "/lib*/**"]},
      {"id": "status", "action": "allow", "command": ["tool", "status"]}]})",
                  workspace.path());
  const auto starts = [&](const char* name, const char* word) {
    return executes({workspace / name, word});
  };
  EXPECT_EQ(session.run(starts("tool", "status")), 0) << session.last_words();
  EXPECT_EQ(session.run(starts("tool", "push")), EACCES);
  EXPECT_EQ(session.run(starts("other", "status")), EACCES);
  EXPECT_EQ(unconfined(starts("tool", "push")), 0);
}

TEST_F(CommandDefaultTest, an_audited_command_runs_and_is_reported) {
  std::filesystem::copy_file("/bin/true", workspace / "tool");
  Session session(R"("mode": "audit", "filesystem": {"default": "allow"},
    "exec": {"default": "allow", "rules": [
      {"id": "push", "action": "deny", "command": ["tool", "push"]}]})",
                  workspace.path());
  EXPECT_EQ(session.run(executes({workspace / "tool", "push"})), 0);
  const auto told = session.decisions();
  ASSERT_EQ(told.size(), 1u);
  const auto& decision = std::get<events::Decision>(told[0].body);
  EXPECT_TRUE(decision.audit);
  EXPECT_EQ(decision.verdict, GH_DENY);
}

}  // namespace
}  // namespace gatehouse::testing
