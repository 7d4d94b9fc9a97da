// SPDX-License-Identifier: Apache-2.0
// Programs: by path, by interpreter, by loader, by mapping and without a path at all. It must never count
// a program as denied that would not run unconfined either.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/gate.h"

namespace gatehouse::testing {
namespace {

std::string policy(const std::string& unnamed) {
  return R"("filesystem": {
  "default": {"read": "allow", "write": "deny", "exec": "allow"},
  "rules": [{"id": "work", "action": "allow", "access": ["read", "write", "exec"], "paths": ["${workspace}/**"]}]},
  "exec": {"default": "allow", "unnamed": ")" +
         unnamed + R"(", "rules": [
    {"id": "denied", "action": "deny", "paths": ["${workspace}/denied*"]},
    {"id": "asked", "action": "ask", "paths": ["${workspace}/asked*"]},
    {"id": "killed", "action": "kill", "paths": ["${workspace}/killed*"]}]})";
}

constexpr const char* kLoader = "/lib64/ld-linux-x86-64.so.2";

class ExecTest : public ::testing::Test {
 protected:
  ExecTest() {
    for (const char* name : {"allowed", "denied", "asked", "killed"})
      copy("/bin/true", name);
  }
  std::string copy(const std::string& program, const std::string& name) const {
    std::filesystem::copy_file(program, workspace / name);
    ::chmod((workspace / name).c_str(), 0755);
    return workspace / name;
  }
  std::string script(const std::string& name, const std::string& interpreter) const {
    workspace.write(name, "#!" + interpreter + "\nexit 0\n");
    ::chmod((workspace / name).c_str(), 0755);
    return workspace / name;
  }
  void expect_denied(const Operation& operation) {
    EXPECT_EQ(unconfined(operation), 0);
    EXPECT_EQ(session.run(operation), EACCES) << session.last_words();
  }
  std::string denied_by() {
    const auto told = session.decisions();
    return told.empty() ? "" : session.rule(told.back());
  }

  Directory workspace;
  Session session{policy("deny"), workspace.path()};
};

TEST_F(ExecTest, programs_are_judged_by_path) {
  EXPECT_EQ(session.run(executes({workspace / "allowed"})), 0);
  expect_denied(executes({workspace / "denied"}));
  EXPECT_EQ(denied_by(), "denied");
}

TEST_F(ExecTest, a_symlink_to_a_program_is_judged_by_the_program) {
  EXPECT_EQ(::symlink("denied", (workspace / "link").c_str()), 0);
  EXPECT_EQ(::symlink("allowed", (workspace / "denied-link").c_str()), 0);
  expect_denied(executes({workspace / "link"}));
  EXPECT_EQ(session.run(executes({workspace / "denied-link"})), 0);
}

TEST_F(ExecTest, kill_ends_the_process_that_executes) {
  const Operation operation = [&] {
    const std::string program = workspace / "killed";
    ::execl(program.c_str(), program.c_str(), nullptr);
    return errno;
  };
  EXPECT_EQ(unconfined(operation), 0);
  EXPECT_EQ(session.run(operation), -SIGKILL);
  const auto told = session.decisions();
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(std::get<events::Decision>(told.back().body).verdict, GH_KILL);
}

TEST_F(ExecTest, an_asked_program_runs_once_it_is_allowed) {
  const Answered answered = run_answering(session, executes({workspace / "asked"}));
  EXPECT_EQ(answered.result, 0);
  ASSERT_EQ(answered.asks.size(), 1u);
  EXPECT_EQ(std::get<events::Ask>(answered.asks[0].body).object.text, workspace / "asked");
  EXPECT_EQ(std::get<events::Ask>(answered.asks[0].body).access, GH_EXEC);
}

TEST_F(ExecTest, an_asked_program_does_not_run_when_it_is_refused) {
  const Answered answered =
      run_answering(session, executes({workspace / "asked"}), {GH_SCOPE_ONCE, GH_DENY});
  EXPECT_EQ(answered.result, EACCES);
  EXPECT_EQ(answered.asks.size(), 1u);
}

TEST_F(ExecTest, a_script_needs_itself_and_its_interpreter) {
  copy("/bin/sh", "allowed-sh");
  copy("/bin/sh", "denied-sh");
  EXPECT_EQ(session.run(executes({script("script", workspace / "allowed-sh")})), 0);
  expect_denied(executes({script("script-of-denied", workspace / "denied-sh")}));
  expect_denied(executes({script("denied-script", workspace / "allowed-sh")}));
}

TEST_F(ExecTest, a_script_asks_for_itself_and_then_for_its_interpreter) {
  copy("/bin/sh", "asked-sh");
  const Answered answered =
      run_answering(session, executes({script("asked-script", workspace / "asked-sh")}));
  EXPECT_EQ(answered.result, 0);
  ASSERT_EQ(answered.asks.size(), 2u);
  EXPECT_EQ(std::get<events::Ask>(answered.asks[0].body).object.text, workspace / "asked-script");
  EXPECT_EQ(std::get<events::Ask>(answered.asks[1].body).object.text, workspace / "asked-sh");
}

// The program in memory, or in a file that is gone.
Operation executes_nameless(bool memory, const std::string& directory) {
  return [=] {
    const std::string name = directory + "/gone";
    const int fd =
        memory ? ::memfd_create("program", 0) : ::open(name.c_str(), O_RDWR | O_CREAT, 0755);
    std::ifstream from("/bin/true", std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(from), {}};
    if (::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) return EIO;
    const std::string self = "/proc/self/fd/" + std::to_string(fd);
    const int readable = ::open(self.c_str(), O_RDONLY);
    if (readable < 0) return errno;
    ::close(fd);
    if (!memory && ::unlink(name.c_str()) != 0) return errno;
    char* argv[] = {const_cast<char*>("program"), nullptr};
    ::fexecve(readable, argv, environ);
    return errno;
  };
}

TEST_F(ExecTest, programs_without_a_path_are_denied_unless_the_policy_allows_them) {
  Session open(policy("allow"), workspace.path());
  Session asking(policy("ask"), workspace.path());
  for (const bool memory : {true, false}) {
    const Operation operation = executes_nameless(memory, workspace.path());
    expect_denied(operation);
    const auto told = session.decisions();
    ASSERT_FALSE(told.empty());
    EXPECT_EQ(std::get<events::Decision>(told.back().body).reason, GH_REASON_UNNAMED);
    EXPECT_EQ(open.run(operation), 0) << open.last_words();
    const Answered answered = run_answering(asking, operation);
    EXPECT_EQ(answered.result, 0);
    EXPECT_EQ(answered.asks.size(), 1u);
  }
}

TEST_F(ExecTest, the_dynamic_loader_does_not_run_what_is_denied) {
  EXPECT_EQ(unconfined(executes({kLoader, workspace / "denied"})), 0);
  EXPECT_EQ(session.run(executes({kLoader, workspace / "allowed"})), 0);
  EXPECT_NE(session.run(executes({kLoader, workspace / "denied"})), 0);
  EXPECT_EQ(denied_by(), "denied");
}

Operation maps(const std::string& path, int first, int then) {
  return [=] {
    const int fd = ::open(path.c_str(), O_RDONLY);
    if (fd < 0) return -1;
    void* at = ::mmap(nullptr, 4096, first, MAP_PRIVATE, fd, 0);
    if (at == MAP_FAILED) return errno;
    return then == 0 ? 0 : said(::mprotect(at, 4096, then));
  };
}

TEST_F(ExecTest, code_of_a_denied_file_is_not_mapped) {
  const std::string denied = workspace / "denied", allowed = workspace / "allowed";
  expect_denied(maps(denied, PROT_READ | PROT_EXEC, 0));
  expect_denied(maps(denied, PROT_READ, PROT_READ | PROT_EXEC));
  EXPECT_EQ(session.run(maps(denied, PROT_READ, PROT_READ)), 0);
  EXPECT_EQ(session.run(maps(allowed, PROT_READ | PROT_EXEC, 0)), 0);
  EXPECT_EQ(session.run(maps(allowed, PROT_READ, PROT_READ | PROT_EXEC)), 0);
}

TEST_F(ExecTest, code_of_an_asked_file_is_mapped_once_it_is_allowed) {
  for (const int then : {0, PROT_READ | PROT_EXEC}) {
    const int first = then == 0 ? PROT_READ | PROT_EXEC : PROT_READ;
    const Answered answered = run_answering(session, maps(workspace / "asked", first, then));
    EXPECT_EQ(answered.result, 0);
    EXPECT_EQ(answered.asks.size(), 1u);
  }
}

TEST_F(ExecTest, memory_of_ones_own_may_be_mapped_for_execution) {
  const Operation operation = [] {
    const int fd = ::memfd_create("code", 0);
    if (::ftruncate(fd, 4096) != 0) return errno;
    for (const int which : {fd, -1}) {
      const int flags = which < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
      void* at = ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, flags, which, 0);
      if (at == MAP_FAILED) return errno;
      void* later = ::mmap(nullptr, 4096, PROT_READ, flags, which, 0);
      if (::mprotect(later, 4096, PROT_READ | PROT_EXEC) != 0) return errno;
    }
    return 0;
  };
  EXPECT_EQ(unconfined(operation), 0);
  EXPECT_EQ(session.run(operation), 0) << session.last_words();
}

TEST_F(ExecTest, programs_load_their_shared_libraries) {
  const std::string command = "ls > " + workspace / "listing" + " && cat < " +
                              workspace / "listing" + " > " + workspace / "copy";
  EXPECT_EQ(session.run(executes({"/bin/bash", "-c", command})), 0) << session.last_words();
}

TEST_F(ExecTest, a_program_just_made_in_the_workspace_runs) {
  EXPECT_EQ(session.run([&] {
    std::error_code failed;
    std::filesystem::copy_file("/bin/true", workspace / "made", failed);
    if (failed) return failed.value();
    if (::chmod((workspace / "made").c_str(), 0755) != 0) return errno;
    return executes({workspace / "made"})();
  }),
            0)
      << session.last_words();
  EXPECT_EQ(session.run([&] {
    std::error_code failed;
    std::filesystem::copy_file("/bin/true", workspace / "denied-made", failed);
    return failed ? failed.value() : executes({workspace / "denied-made"})();
  }),
            EACCES);
}

TEST_F(ExecTest, an_absent_section_and_a_default_of_deny_run_nothing) {
  Session none(
      R"("filesystem": {"default": {"read": "allow", "exec": "allow"}}, "exec": {"default": "deny"})");
  EXPECT_EQ(none.run(executes({workspace / "allowed"})), EACCES);
  EXPECT_EQ(unconfined(executes({workspace / "allowed"})), 0);
}

}  // namespace
}  // namespace gatehouse::testing
