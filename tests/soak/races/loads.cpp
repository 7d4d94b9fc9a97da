// SPDX-License-Identifier: Apache-2.0
// What an agent does while something else goes wrong: opens without end, fork bombs, asks by the thousand,
// memory until there is none. A load must never end before its limit or its end by force.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "race.h"

namespace gatehouse::soak {
namespace {

constexpr int kProcesses = 3;

// Answered sooner or later; neither answer is wrong.
void ask(const std::string& path, Tally& tally) {
  tally.waiting++;
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd >= 0) {
    ::close(fd);
    tally.allowed++;
  } else if (refused(errno)) {
    tally.other++;
  } else {
    tally.broken++;
    tally.last_error = static_cast<std::uint64_t>(errno);
  }
}

void in_processes(int count, const auto& act) {
  std::vector<pid_t> children;
  for (int i = 0; i < count; i++) {
    const pid_t child = ::fork();
    if (child == 0) {
      act(i);
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children)
    ::waitpid(child, nullptr, 0);
}

}  // namespace

void steady(const Place& place, const Limit& limit, Shared& shared) {
  in_processes(kProcesses, [&](int) {
    while (limit.more(shared.tally)) {
      open_both(place, shared.tally);
      shared.tally.tries++;
    }
  });
}

void steady_asks(const Place& place, const Limit& limit, Shared& shared) {
  in_processes(kProcesses, [&](int i) {
    while (limit.more(shared.tally)) {
      if (i == 0) {
        ask(place.at("asks/steady"), shared.tally);
        continue;
      }
      open_both(place, shared.tally);
      shared.tally.tries++;
    }
  });
}

// Refused opens alone, exactly as many as were ordered: whoever counts events can count these.
void flood(const Place& place, const Limit& limit, Shared& shared) {
  const std::string path = place.shut("f");
  while (limit.more(shared.tally)) {
    count_open(shared.tally, ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    shared.tally.tries++;
  }
}

void wait_for_limit(const Shared& shared) {
  while (!shared.bounded)
    ::usleep(1000);
}

void forks(const Place& place, const Limit& limit, Shared& shared) {
  wait_for_limit(shared);
  Tally& tally = shared.tally;
  while (limit.more(tally)) {
    const pid_t child = ::fork();
    if (child < 0) tally.raced++;  // the limit was met
    if (child > 0) tally.tasks++;
    open_both(place, tally);
    tally.tries++;
  }
}

namespace {

struct Asker {
  const Place* place;
  Tally* tally;
  unsigned number;
};

// All askers have one errno, so none of them may use it.
long open_for_writing(const char* path) {
  long result = SYS_openat;
  const long mode = O_WRONLY | O_CREAT | O_CLOEXEC;
  register long permissions asm("r10") = 0600;
  asm volatile("syscall"
               : "+a"(result)
               : "D"(static_cast<long>(AT_FDCWD)), "S"(path), "d"(mode), "r"(permissions)
               : "rcx", "r11", "memory");
  return result;
}

// Runs on a few kilobytes of stack, and in memory that all askers share.
int ask_as(void* argument) {
  auto* const self = static_cast<Asker*>(argument);
  char path[256];
  std::snprintf(path, sizeof path, "%s/asks/%u", self->place->directory.c_str(), self->number);
  self->tally->waiting++;
  const long fd = open_for_writing(path);
  if (fd >= 0)
    self->tally->allowed++;
  else
    (refused(static_cast<int>(-fd)) ? self->tally->denied : self->tally->broken)++;
  ::_exit(0);
}

}  // namespace

// A process each, since a held thread stops its whole process; they share all that processes can share.
void askers(const Place& place, const Limit& limit, Shared& shared) {
  constexpr std::size_t kStack = 16384;
  const std::size_t count = limit.tries;
  auto* const stacks =
      static_cast<char*>(::mmap(nullptr, count * kStack, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  std::vector<Asker> all(count);
  for (std::size_t i = 0; i < count; i++) {
    all[i] = {&place, &shared.tally, static_cast<unsigned>(i)};
    const int pid = ::clone(ask_as, stacks + (i + 1) * kStack,
                            CLONE_VM | CLONE_FS | CLONE_FILES | SIGCHLD, &all[i]);
    if (pid < 0) {
      shared.tally.broken++;
      shared.tally.last_error = static_cast<std::uint64_t>(errno);
    } else {
      shared.tally.tasks++;
    }
  }
  while (::wait(nullptr) > 0 || errno == EINTR) {
  }
}

// Some eat until they are killed, and are replaced; the others go on opening, and make what the kernel keeps
// memory for.
void eaters(const Place& place, const Limit& limit, Shared& shared) {
  wait_for_limit(shared);
  in_processes(kProcesses, [&](int i) {
    while (limit.more(shared.tally)) {
      if (i != 0) {
        open_both(place, shared.tally);
        shared.tally.tries++;
        continue;
      }
      const pid_t child = ::fork();
      if (child == 0) {
        constexpr std::size_t kBite = 1 << 20;
        for (;;) {
          void* const bite =
              ::mmap(nullptr, kBite, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
          if (bite == MAP_FAILED) ::_exit(0);
          std::memset(bite, 1, kBite);
          open_both(place, shared.tally);
        }
      }
      if (child > 0) ::waitpid(child, nullptr, 0);
      shared.tally.raced++;
    }
  });
}

}  // namespace gatehouse::soak
