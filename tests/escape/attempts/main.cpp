// SPDX-License-Identifier: Apache-2.0
// Runs every attempt in a child of its own, with a time limit, and prints one line for each. It must never
// take a crash or a hang of an attempt for containment.
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>

#include "judge.h"
#include "victim.h"

namespace gatehouse::escape {
namespace {

constexpr int kLimit = 20'000;  // milliseconds, in an emulated machine that others share

Attempts all_attempts() {
  Attempts all;
  for (const auto add : {add_files, add_names, add_metadata, add_descriptors, add_exec, add_network,
                         add_sockets, add_unix, add_processes, add_signals, add_mounts, add_kernel,
                         add_devices, add_uring, add_entry, add_ipc, add_membership, add_itself})
    add(all);
  std::set<std::string> names;
  for (const auto& one : all)
    if (!names.insert(one.name).second) {
      std::fprintf(stderr, "escape: two attempts are named %s\n", one.name.c_str());
      std::exit(2);
    }
  return all;
}

// Whoever the attempt left behind became our child (PR_SET_CHILD_SUBREAPER).
void end_children() {
  for (int round = 0; round < 200; round++) {
    std::ifstream children("/proc/self/task/" + std::to_string(::getpid()) + "/children");
    bool any = false;
    for (pid_t pid; children >> pid; any = true)
      ::kill(pid, SIGKILL);
    while (::waitpid(-1, nullptr, WNOHANG | __WALL) > 0) {
    }
    if (!any) return;
    sleep_ms(5);
  }
}

void print(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

void tell(const std::string& name, const Outcome& outcome) {
  if (outcome.kind == Outcome::contained) {
    const char* error = outcome.error == 0 ? nullptr : ::strerrorname_np(outcome.error);
    print("CONTAINED " + name + " " + (error ? error : std::to_string(outcome.error)));
  } else {
    constexpr const char* kWords[] = {"CONTAINED ", "ESCAPED ", "SKIP ", "BROKEN "};
    print(kWords[static_cast<int>(outcome.kind)] + name + " " + outcome.detail);
  }
}

void run(const Attempt& attempt, const Ground& ground) {
  if (attempt.who == root && ::getuid() != 0) return tell(attempt.name, skipped("needs root"));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::setpgid(0, 0);
    ::close(ends[0]);
    const Outcome outcome = attempt.act(ground);
    std::string line(1, static_cast<char>('0' + outcome.kind));
    line += std::to_string(outcome.error) + " " + outcome.detail;
    if (::write(ends[1], line.data(), line.size()) < 0) ::_exit(1);
    ::_exit(0);
  }
  ::close(ends[1]);
  pollfd ready = {ends[0], POLLIN, 0};
  const bool ended = ::poll(&ready, 1, kLimit) > 0;
  char line[1024];
  const auto size = ended ? ::read(ends[0], line, sizeof line - 1) : 0;
  ::close(ends[0]);
  int status = 0;
  if (!ended) ::kill(pid, SIGKILL);
  ::waitpid(pid, &status, __WALL);
  end_children();
  if (!ended) return print("HUNG " + attempt.name);
  if (size <= 0) {
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
      return print("CONTAINED " + attempt.name + " SIGKILL");
    return print("BROKEN " + attempt.name + " status " + std::to_string(status));
  }
  line[size] = '\0';
  char* rest = nullptr;
  const int error = static_cast<int>(std::strtol(line + 1, &rest, 10));
  tell(attempt.name, {static_cast<Outcome::Kind>(line[0] - '0'), error, *rest ? rest + 1 : ""});
}

// For the runner: a process that nobody waits for and that outlives us.
void leave_one() {
  if (::fork() != 0) return;
  ::setsid();
  if (::fork() != 0) ::_exit(0);
  for (int i = 0; i < 3; i++)
    ::close(i);
  ::alarm(120);
  for (;;)
    ::pause();
}

int usage() {
  std::fputs("usage: escape --ground DIR [--only GLOB] [--leave-one] | --list | --victim DIR\n",
             stderr);
  return 2;
}

int main_of(int argc, char** argv) {
  std::string directory, only = "*";
  bool list = false, leave = false;
  for (int i = 1; i < argc; i++) {
    const std::string word = argv[i];
    if (word == "--list")
      list = true;
    else if (word == "--leave-one")
      leave = true;
    else if (i + 1 < argc && word == "--ground")
      directory = argv[++i];
    else if (i + 1 < argc && word == "--only")
      only = argv[++i];
    else if (i + 1 < argc && word == "--victim")
      be_victim(argv[++i]);
    else
      return usage();
  }
  const auto all = all_attempts();
  if (list) {
    for (const auto& one : all)
      std::printf("%s%s\n", one.name.c_str(), one.who == root ? " root" : "");
    return 0;
  }
  if (directory.empty()) return usage();
  const Ground ground(directory);
  ::signal(SIGPIPE, SIG_IGN);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  for (const auto& one : all)
    if (::fnmatch(only.c_str(), one.name.c_str(), 0) == 0) run(one, ground);
  if (leave) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 0);
    leave_one();
  }
  print("DONE");
  return 0;
}

}  // namespace
}  // namespace gatehouse::escape

int main(int argc, char** argv) { return gatehouse::escape::main_of(argc, argv); }
