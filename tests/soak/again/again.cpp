// SPDX-License-Identifier: Apache-2.0
// open/program of the races on exec: counts that it runs, and starts the next program in its own place. It must never
// call anything but the kernel: the start of a libc would cost many times the try.
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <time.h>

#include "soak/races/race.h"

namespace gatehouse::soak {
namespace {

long call(long number, long first = 0, long second = 0, long third = 0, long fourth = 0,
          long fifth = 0, long sixth = 0) {
  long result = number;
  register long r10 asm("r10") = fourth;
  register long r8 asm("r8") = fifth;
  register long r9 asm("r9") = sixth;
  asm volatile("syscall"
               : "+a"(result)
               : "D"(first), "S"(second), "d"(third), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

long at(const void* address) { return reinterpret_cast<long>(address); }

[[noreturn]] void end(int status) {
  for (;;)
    call(__NR_exit_group, status);
}

int open_to_read(const char* path) {
  return static_cast<int>(call(__NR_openat, AT_FDCWD, at(path), O_RDONLY | O_CLOEXEC));
}

// Ends only where it is refused: with the error.
int start(const char* path, bool by_execveat) {
  const char* const argv[] = {path, nullptr};
  const char* const none[] = {nullptr};
  return static_cast<int>(-(by_execveat
                                ? call(__NR_execveat, AT_FDCWD, at(path), at(argv), at(none))
                                : call(__NR_execve, at(path), at(argv), at(none))));
}

bool more(const Shared& shared) {
  if (shared.chain.tries != 0 && shared.tally.tries >= shared.chain.tries) return false;
  if (shared.chain.until == 0) return true;
  timespec now = {};
  call(__NR_clock_gettime, CLOCK_MONOTONIC, at(&now));
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9 <
         shared.chain.until;
}

void count_try(Shared& shared) {
  if (shared.chain.moves != shared.chain.before) shared.tally.raced++;
  shared.tally.tries++;
}

[[noreturn]] void swap(Shared& shared) {
  Tally& tally = shared.tally;
  Chain& chain = shared.chain;
  if (chain.aim == Chain::steady) {
    tally.control++;
  } else {
    tally.allowed++;
    count_try(shared);
  }
  while (chain.left-- > 0 && more(shared)) {
    chain.aim = chain.aim != Chain::steady && tally.tries % 8 == 0 ? Chain::steady : Chain::swapped;
    chain.before = chain.moves;
    const bool is_steady = chain.aim == Chain::steady;
    const int error = start(is_steady ? chain.program : chain.swap + chain.begin,
                            !is_steady && tally.tries % 2 == 1);
    if (is_steady) {
      tally.wrong++;
      tally.last_error = static_cast<std::uint64_t>(error);
      continue;
    }
    (refused(error) ? tally.denied : error == ENOENT ? tally.other : tally.broken)++;
    count_try(shared);
  }
  end(Chain::kOpenRan);
}

void count_files(Shared& shared) {
  Tally& tally = shared.tally;
  const int shut = open_to_read(shared.chain.shut_file);
  char first = 0;
  if (shut >= 0)
    (call(__NR_read, shut, at(&first), 1) == 1 && first == 's' ? tally.escaped : tally.broken)++;
  else
    (refused(-shut) ? tally.denied : tally.broken)++;
  const int steady = open_to_read(shared.chain.steady_file);
  (steady >= 0 ? tally.control : tally.wrong)++;
  if (steady < 0) tally.last_error = static_cast<std::uint64_t>(-steady);
}

[[noreturn]] void start_itself(Shared* shared) {
  const int error = start("/proc/self/exe", false);
  shared->tally.wrong++;
  shared->tally.last_error = static_cast<std::uint64_t>(error);
  end(1);
}

// Now and then, and never with the other loop at once: a program that is moved at each of its starts costs three.
void stay_elsewhere(std::uint64_t tries) {
  const unsigned long mask =
      1ul << ((tries / 16 + static_cast<std::uint64_t>(call(__NR_getpid))) % 2);
  call(__NR_sched_setaffinity, 0, sizeof mask, at(&mask));
}

// Every other time from a thread that is not the first, which execve then puts into the first one's place.
[[noreturn]] void loop(Shared& shared) {
  Tally& tally = shared.tally;
  count_files(shared);
  const std::uint64_t tries = ++tally.tries;
  if (tries != 1) tally.raced++;
  if (!more(shared)) end(0);
  if (tries % 16 == 0) stay_elsewhere(tries);
  if (tries % 2 == 1) start_itself(&shared);
  alignas(16) char stack[4096];
  long result = __NR_clone;
  const long flags =
      CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_SYSVSEM | CLONE_THREAD;
  register void (*run)(Shared*) asm("r12") = start_itself;
  register Shared* argument asm("r13") = &shared;
  register long none asm("r10") = 0;
  asm volatile(
      "syscall\n"
      "test %%rax, %%rax\n"
      "jnz 1f\n"
      "mov %%r13, %%rdi\n"
      "call *%%r12\n"
      "1:"
      : "+a"(result)
      : "D"(flags), "S"(stack + sizeof stack), "d"(0l), "r"(none), "r"(run), "r"(argument)
      : "rcx", "r11", "memory");
  if (result < 0) {
    tally.broken++;
    tally.last_error = static_cast<std::uint64_t>(-result);
    end(1);
  }
  for (;;)
    call(__NR_pause);
}

}  // namespace
}  // namespace gatehouse::soak

extern "C" [[noreturn]] void again() {
  using namespace gatehouse::soak;
  const long map =
      call(__NR_mmap, 0, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, Chain::kTally, 0);
  if (map < 0) end(1);
  Shared& shared = *reinterpret_cast<Shared*>(map);
  if (shared.chain.aim == Chain::itself) loop(shared);
  swap(shared);
}

// The stack as the kernel leaves it, not as a function is called.
asm(".globl _start\n"
    "_start: xor %ebp, %ebp\n"
    "and $-16, %rsp\n"
    "call again\n");
