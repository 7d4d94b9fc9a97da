// SPDX-License-Identifier: Apache-2.0
// Programs that are started while their name changes, and one that starts itself again without end. What
// ran must be told by what it did, never by what execve was called with.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "flipper.h"
#include "race.h"

namespace gatehouse::soak {
namespace {

// What shut/program ends with (the runner writes it), and a child that ran neither.
constexpr int kShutRan = 9, kRefused = 100, kAbsent = 101, kFailed = 102;
// So many execs follow the first, which has the swapping thread in its own memory.
constexpr std::uint64_t kFollowing = 16;

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

void put(char (&room)[Chain::kRoom], const std::string& text) {
  std::memcpy(room, text.c_str(), text.size() + 1);
}

void prepare(const Place& place, const Limit& limit, Chain& chain) {
  chain.tries = limit.tries;
  chain.until = limit.until;
  put(chain.program, place.open("program"));
  put(chain.shut_file, place.shut("f"));
  put(chain.steady_file, place.open("steady"));
  const int fd = ::open(place.at("tally").c_str(), O_RDWR | O_CLOEXEC);
  ::dup2(fd, Chain::kTally);
  ::close(fd);
}

}  // namespace

void exec_swap(const Place& place, const Limit& limit, Shared& shared) {
  Tally& tally = shared.tally;
  Chain& chain = shared.chain;
  prepare(place, limit, chain);
  SwappedPath path(chain.swap, place.directory, "/program");
  chain.begin = static_cast<std::uint32_t>(path.text() - chain.swap);
  const std::uint32_t open = word_of("open"), shut = word_of("shut");
  const Mover flipper([&, word = path.word()](bool turn) {
    __atomic_store_n(word, turn ? open : shut, __ATOMIC_SEQ_CST);
    chain.moves++;
  });
  while (limit.more(tally)) {
    chain.aim = Chain::swapped;
    chain.left = kFollowing;
    chain.before = chain.moves;
    const int status = status_of({path.text(), tally.tries % 2 == 1});
    if (status == Chain::kOpenRan) continue;  // the programs have counted
    if (chain.moves != chain.before) tally.raced++;
    tally.tries++;
    (status == kShutRan   ? tally.escaped
     : status == kRefused ? tally.denied
     : status == kAbsent  ? tally.other
                          : tally.broken)++;
  }
}

// Two of them, for as many CPUs.
void exec_loop(const Place& place, const Limit& limit, Shared& shared) {
  prepare(place, limit, shared.chain);
  shared.chain.aim = Chain::itself;
  int children[2];
  for (int cpu = 0; cpu < 2; cpu++) {
    children[cpu] = ::fork();
    if (children[cpu] != 0) continue;
    stay_on_cpu(cpu);
    ::execl(shared.chain.program, "again", nullptr);
    ::_exit(1);
  }
  for (const int child : children) {
    int status = 0;
    if (::waitpid(child, &status, 0) != child || status != 0) shared.tally.broken++;
  }
}

}  // namespace gatehouse::soak
