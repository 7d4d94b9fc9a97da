// SPDX-License-Identifier: Apache-2.0
// Programs that are started while their name changes, and one that starts itself again without end. What
// ran must be told by what it did, never by what execve was called with.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

#include "flipper.h"
#include "race.h"

namespace gatehouse::soak {
namespace {

// What open/program and shut/program end with (the runner writes them), and a child that ran neither.
constexpr int kOpenRan = 7, kShutRan = 9, kRefused = 100, kAbsent = 101, kFailed = 102;

struct Start {
  const char* path;
  bool at;  // by execveat
};

int start(void* argument) {
  const auto* const what = static_cast<Start*>(argument);
  char* const argv[] = {const_cast<char*>(what->path), nullptr};
  char* const none[] = {nullptr};
  if (what->at)
    ::execveat(AT_FDCWD, what->path, argv, none, 0);
  else
    ::execve(what->path, argv, none);
  ::_exit(refused(errno) ? kRefused : errno == ENOENT ? kAbsent : kFailed);
}

// As vfork does; the flipper goes on meanwhile.
int status_of(Start what) {
  alignas(16) static char stack[32768];
  const int pid = ::clone(start, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &what);
  int status = 0;
  if (pid < 0 || ::waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) return kFailed;
  return WEXITSTATUS(status);
}

}  // namespace

void exec_swap(const Place& place, const Limit& limit, Shared& shared) {
  Tally& tally = shared.tally;
  SwappedPath path(place.directory, "/program");
  const PathFlipper flipper(path);
  const std::string steady = place.open("program");
  while (limit.more(tally)) {
    const auto before = flipper.moves();
    const int status = status_of({path.text(), tally.tries % 2 == 1});
    if (flipper.moves() != before) tally.raced++;
    (status == kOpenRan   ? tally.allowed
     : status == kShutRan ? tally.escaped
     : status == kRefused ? tally.denied
     : status == kAbsent  ? tally.other
                          : tally.broken)++;
    if (tally.tries++ % 8 != 0) continue;
    (status_of({steady.c_str(), false}) == kOpenRan ? tally.control : tally.wrong)++;
  }
}

// Every other time from a thread that is not the first, which execve then puts into the first one's place.
int exec_again(const Place& place, const Limit& limit, Shared& shared, char** argv) {
  Tally& tally = shared.tally;
  count_open(tally, ::open(place.shut("f").c_str(), O_RDONLY | O_CLOEXEC));
  count_steady(place, tally);
  if (tally.tries++ != 0) tally.raced++;
  if (!limit.more(tally)) return 0;
  const auto again = [&] {
    ::execv("/proc/self/exe", argv);
    tally.wrong++;
    tally.last_error = static_cast<std::uint64_t>(errno);
    ::_exit(1);
  };
  if (tally.tries % 2 == 1) again();
  std::thread(again).join();
  return 1;
}

void exec_loop(const Place& place, const Limit& limit, Shared& shared) {
  const int child = ::fork();
  if (child == 0) {
    const std::string tally = place.at("tally"), port = std::to_string(place.tcp),
                      shut_port = std::to_string(place.shut_tcp),
                      tries = std::to_string(limit.tries), until = std::to_string(limit.until);
    const char* const argv[] = {
        "soak",        place.directory.c_str(), tally.c_str(), port.c_str(), shut_port.c_str(),
        tries.c_str(), until.c_str(),           "exec-again",  nullptr};
    ::execv("/proc/self/exe", const_cast<char* const*>(argv));
    ::_exit(1);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child || status != 0) shared.tally.broken++;
}

}  // namespace gatehouse::soak
