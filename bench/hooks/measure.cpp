// SPDX-License-Identifier: Apache-2.0
// Rounds, children and lines of JSON.
// It must never print from two processes at once: a parent waits for its child.
#include "hooks/measure.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace gatehouse::bench {
namespace {

constexpr unsigned kRounds = 25;
constexpr int kRoundDone = 3, kGoOn = 4;  // descriptors of a measuring process

double round_of(const Operation& operation) {
  const double start = now();
  for (unsigned i = 0; i < operation.iterations; i++)
    operation.once();
  return (now() - start) / operation.iterations;
}

double loop_cost(unsigned iterations) {
  const Operation nothing{"", iterations, [] {}};
  double best = round_of(nothing);
  for (unsigned i = 0; i < kRounds; i++)
    best = std::min(best, round_of(nothing));
  return best;
}

}  // namespace

double now() {
  timespec time = {};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

void must(bool good, const std::string& doing) {
  if (good) return;
  std::fprintf(stderr, "bench: %s: %s\n", doing.c_str(), std::strerror(errno));
  std::_Exit(1);
}

Figure measure(const Operation& operation) {
  const double loop = loop_cost(operation.iterations);
  std::vector<double> rounds;
  for (unsigned i = 0; i < kRounds + 3; i++) {
    const double cost = round_of(operation);
    if (operation.after) operation.after();
    if (i >= 3) rounds.push_back(cost - loop);  // the first ones warm up
  }
  std::sort(rounds.begin(), rounds.end());
  return {operation.name, rounds.front(), rounds[rounds.size() / 2]};
}

void print(const std::string& column, const Figure& figure) {
  std::printf("{\"column\":\"%s\",\"row\":\"%s\",\"best\":%.1f,\"median\":%.1f}\n", column.c_str(),
              figure.name.c_str(), figure.best, figure.median);
  std::fflush(stdout);
}

void print(const std::string& column, const std::string& name, double value) {
  print(column, Figure{name, value, value});
}

int start_in(int cgroup, const std::function<void()>& body) {
  clone_args args = {};
  args.exit_signal = SIGCHLD;
  if (cgroup >= 0) {
    args.flags = CLONE_INTO_CGROUP;
    args.cgroup = static_cast<std::uint64_t>(cgroup);
  }
  const auto pid = ::syscall(SYS_clone3, &args, sizeof(args));
  must(pid >= 0, "clone3");
  if (pid == 0) {
    body();
    std::fflush(stdout);
    std::_Exit(0);
  }
  return static_cast<int>(pid);
}

void wait_for(int pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  std::fprintf(stderr, "bench: a child ended with status %#x\n", static_cast<unsigned>(status));
  std::_Exit(1);
}

void measure_in_process(int cgroup, const std::vector<std::string>& arguments,
                        const std::function<void()>& between_rounds) {
  int out[2], in[2];
  must(::pipe2(out, O_CLOEXEC) == 0 && ::pipe2(in, O_CLOEXEC) == 0, "pipe");
  const int pid = start_in(cgroup, [&] {
    // Through high numbers, as one of the pipes may lie where the other is to go.
    const int write_end = ::fcntl(out[1], F_DUPFD, 100), read_end = ::fcntl(in[0], F_DUPFD, 100);
    must(::dup2(write_end, kRoundDone) >= 0 && ::dup2(read_end, kGoOn) >= 0, "dup2");
    must(::syscall(SYS_close_range, kGoOn + 1, ~0u, 0) == 0, "close_range");
    std::vector<char*> words = {const_cast<char*>("bench_hooks")};
    for (const auto& argument : arguments)
      words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    ::execv("/proc/self/exe", words.data());
    must(false, "execv");
  });
  ::close(out[1]);
  ::close(in[0]);
  for (char byte; ::read(out[0], &byte, 1) == 1;) {
    if (between_rounds) between_rounds();
    if (::write(in[1], &byte, 1) != 1) break;
  }
  ::close(out[0]);
  ::close(in[1]);
  wait_for(pid);
}

void measure_all(const std::string& column, std::vector<Operation> operations) {
  for (auto& operation : operations) {
    operation.after = [own = operation.after] {
      char byte = 0;
      if (own) own();
      must(::write(kRoundDone, &byte, 1) == 1 && ::read(kGoOn, &byte, 1) == 1, "the pipe");
    };
    print(column, measure(operation));
  }
}

}  // namespace gatehouse::bench
