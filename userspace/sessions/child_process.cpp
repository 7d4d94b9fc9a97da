// SPDX-License-Identifier: Apache-2.0
// Credentials, descriptors, signal mask, exec; a report through the pipe when one of them fails.
// It must never touch memory that another thread of the parent may have held a lock for.
#include "sessions/child_process.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>

#include "sessions/spawn.h"

namespace gatehouse::sessions {
namespace {

[[noreturn]] void fail(const ChildPlan& plan, ChildReport::Stage stage, int code) {
  const ChildReport report = {stage, code};
  if (::write(plan.report, &report, sizeof report) < 0)
    ::_exit(kOwnFailure);  // nobody reads: nobody to tell
  ::_exit(stage == ChildReport::exec ? (code == ENOENT ? kNotFound : kCannotRun) : kOwnFailure);
}

// Raw calls: glibc's would tell all threads of a process that is not ours any more.
void take_credentials(const ChildPlan& plan) {
  if (::syscall(SYS_setgroups, plan.group_count, plan.groups) != 0 ||
      ::syscall(SYS_setresgid, plan.gid, plan.gid, plan.gid) != 0 ||
      ::syscall(SYS_setresuid, plan.uid, plan.uid, plan.uid) != 0)
    fail(plan, ChildReport::setup, errno);
}

void wait_to_go(const ChildPlan& plan) {
  ::close(plan.drop);
  const ChildReport ready = {ChildReport::ready, 0};
  if (::write(plan.report, &ready, sizeof ready) != sizeof ready) ::_exit(kOwnFailure);
  char byte = 0;
  ssize_t n = 0;
  do {
    n = ::read(plan.go, &byte, 1);
  } while (n < 0 && errno == EINTR);
  if (n != 1) ::_exit(kOwnFailure);  // the parent gave up
}

void take_streams(const ChildPlan& plan) {
  for (int i = 0; i < 3; i++)
    if (plan.streams[i] >= 0 && ::dup2(plan.streams[i], i) < 0)
      fail(plan, ChildReport::setup, errno);
}

// All above 2 but the report, which exec closes.
void close_others(int report) {
  const auto keep = static_cast<unsigned>(report);
  if (keep > 3) ::syscall(SYS_close_range, 3u, keep - 1, 0u);
  ::syscall(SYS_close_range, keep + 1, ~0u, 0u);
}

// As execvp does it, in a PATH that was looked up before.
[[noreturn]] void execute(const ChildPlan& plan) {
  const char* name = plan.argv[0];
  const auto argv = const_cast<char* const*>(plan.argv);
  const auto run = [&](const char* file) { ::execve(file, argv, plan.environment); };
  bool slash = false;
  std::size_t length = 0;
  for (; name[length] != '\0'; length++)
    slash = slash || name[length] == '/';
  if (slash || length == 0) {
    run(name);
    fail(plan, ChildReport::exec, errno);
  }
  int worst = ENOENT;
  char file[4096];
  for (const char* at = plan.path;; at++) {
    const char* end = at;
    while (*end != '\0' && *end != ':')
      end++;
    const auto folder = static_cast<std::size_t>(end - at);
    if (folder + 1 + length + 1 <= sizeof file) {
      std::size_t n = 0;
      for (std::size_t i = 0; i < folder; i++)
        file[n++] = at[i];
      if (folder != 0) file[n++] = '/';  // an empty entry is the current directory
      for (std::size_t i = 0; i <= length; i++)
        file[n++] = name[i];
      run(file);
      // Refused is worth telling, unless a later entry runs; not there is not.
      if (errno == EACCES || errno == EPERM)
        worst = errno;
      else if (errno != ENOENT && errno != ENOTDIR && errno != ESTALE && errno != ENODEV &&
               errno != ETIMEDOUT)
        fail(plan, ChildReport::exec, errno);
    }
    at = end;
    if (*at == '\0') fail(plan, ChildReport::exec, worst);
  }
}

}  // namespace

void become(const ChildPlan& plan) {
  if (plan.new_credentials) take_credentials(plan);
  if (plan.go >= 0) wait_to_go(plan);
  if (plan.directory != nullptr && ::chdir(plan.directory) != 0)
    fail(plan, ChildReport::directory, errno);
  if (plan.own_session && ::setsid() < 0) fail(plan, ChildReport::setup, errno);
  take_streams(plan);
  if (!plan.keep_fds) close_others(plan.report);
  ::signal(SIGPIPE, plan.on_broken_pipe);
  ::sigprocmask(SIG_SETMASK, &plan.mask, nullptr);
  execute(plan);
}

}  // namespace gatehouse::sessions
