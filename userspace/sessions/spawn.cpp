// SPDX-License-Identifier: Apache-2.0
// clone3, the pipes between us and the child, and what its report means.
// It must never take a child that failed before its command for one that ran it.
#include "sessions/spawn.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "base/quote.h"
#include "kernel/process.h"
#include "sessions/child_process.h"

namespace gatehouse::sessions {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> all;
  for (const std::string& one : strings)
    all.push_back(const_cast<char*>(one.c_str()));
  all.push_back(nullptr);
  return all;
}

// The strings behind a plan, kept alive until the child has executed.
struct Prepared {
  std::vector<char*> argv, environment;
  std::string path;
  ChildPlan plan;
};

void prepare(const Command& command, const SignalState& signals, Prepared& prepared) {
  prepared.argv = pointers(command.argv);
  const char* path = ::getenv("PATH");
  if (command.environment) {
    prepared.environment = pointers(*command.environment);
    for (const std::string& one : *command.environment)
      if (one.starts_with("PATH=")) path = one.c_str() + 5;
  }
  prepared.path = path != nullptr ? path : "/bin:/usr/bin";
  ChildPlan& plan = prepared.plan;
  plan.argv = prepared.argv.data();
  plan.environment = command.environment ? prepared.environment.data() : ::environ;
  plan.path = prepared.path.c_str();
  plan.directory = command.directory.empty() ? nullptr : command.directory.c_str();
  plan.keep_fds = command.keep_fds;
  plan.own_session = command.own_session;
  for (std::size_t i = 0; i < command.streams.size(); ++i)
    plan.streams[i] = command.streams[i];
  plan.mask = signals.mask;
  plan.on_broken_pipe = signals.on_broken_pipe;
  if (command.credentials) {
    plan.new_credentials = true;
    plan.uid = command.credentials->uid;
    plan.gid = command.credentials->gid;
    plan.groups = command.credentials->groups.data();
    plan.group_count = command.credentials->groups.size();
  }
}

void reap(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
}

// The next report; nothing: the pipe was closed, by exec or by the child's end.
std::optional<ChildReport> read_report(int fd) {
  ChildReport report;
  ssize_t n = 0;
  do {
    n = ::read(fd, &report, sizeof report);
  } while (n < 0 && errno == EINTR);
  if (n != sizeof report) return std::nullopt;
  return report;
}

SpawnFailure failure_of(const ChildReport& report, const std::string& program) {
  switch (report.stage) {
    case ChildReport::exec:
      return {report.code == ENOENT ? kNotFound : kCannotRun,
              sys_error("cannot run " + quote(program), report.code)};
    case ChildReport::directory:
      return {kOwnFailure, sys_error("cannot enter the child's directory", report.code)};
    default:
      return {kOwnFailure, sys_error("cannot set up the child", report.code)};
  }
}

}  // namespace

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return sys_error("cannot make a pipe");
  Pipe pipe = {UniqueFd(ends[0]), UniqueFd(ends[1])};
  for (UniqueFd* end : {&pipe.read, &pipe.write}) {
    if (end->get() > 2) continue;
    UniqueFd higher(::fcntl(end->get(), F_DUPFD_CLOEXEC, 3));
    if (!higher.valid()) return sys_error("cannot make a pipe");
    *end = std::move(higher);
  }
  return pipe;
}

// Makes children of a plan.
struct Launch {
  // `cgroup` < 0: ours. The child never returns.
  static Result<Child> clone(const Command& command, const ChildPlan& plan, int cgroup,
                             UniqueFd report) {
    int pidfd = -1;
    clone_args args = {};
    args.flags = CLONE_PIDFD;
    args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
    args.exit_signal = SIGCHLD;
    if (cgroup >= 0) {
      args.flags |= CLONE_INTO_CGROUP;
      args.cgroup = static_cast<std::uint64_t>(cgroup);
    }
    // No signal may run a handler of ours in the child: all are blocked until it has its own mask.
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const long pid = ::syscall(SYS_clone3, &args, sizeof args);
    if (pid == 0) become(plan);
    const int error = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (pid < 0) return sys_error("cannot start a process", error);
    Child child;
    child.pid_ = static_cast<pid_t>(pid);
    child.pidfd_.reset(pidfd);
    child.report_ = std::move(report);
    child.program_ = command.argv[0];
    return child;
  }
};

std::optional<SpawnFailure> Child::started() {
  if (!report_.valid()) return std::nullopt;
  const auto report = read_report(report_.get());
  report_.reset();
  if (!report) return std::nullopt;  // executed (or killed: then its status says so)
  reap(pid_);
  return failure_of(*report, program_);
}

Result<void> Child::signal(int number) const { return kernel::send_signal(pidfd_.get(), number); }

Result<WaitingChild> spawn_waiting(const Command& command, const SignalState& signals) {
  if (command.argv.empty()) return Error{EINVAL, "there is no command"};
  auto go = make_pipe();
  auto report = make_pipe();
  if (!go) return go.take_error();
  if (!report) return report.take_error();
  Prepared prepared;
  prepare(command, signals, prepared);
  prepared.plan.go = go->read.get();
  prepared.plan.drop = go->write.get();
  prepared.plan.report = report->write.get();
  auto child = Launch::clone(command, prepared.plan, -1, std::move(report->read));
  if (!child) return child.take_error();
  WaitingChild waiting(std::move(*child));
  waiting.go_ = std::move(go->write);
  report->write.reset();
  const auto ready = read_report(waiting.child_.started_fd());
  if (ready && ready->stage == ChildReport::ready) return waiting;
  if (!ready) return Error{ECHILD, "the child ended before it began"};
  return failure_of(*ready, command.argv[0]).error;
}

WaitingChild::~WaitingChild() {
  if (child_.pid() <= 0) return;
  (void)child_.signal(SIGKILL);
  reap(child_.pid());
}

Result<Child> WaitingChild::release() && {
  const char byte = 1;
  if (::write(go_.get(), &byte, 1) != 1) return sys_error("cannot let the child go");
  return std::move(child_);
}

Result<Child> spawn_into(const Command& command, const kernel::Cgroup& cgroup,
                         const SignalState& signals) {
  if (command.credentials) {
    auto waiting = spawn_waiting(command, signals);
    if (!waiting) return waiting.take_error();
    if (auto moved = cgroup.enter(waiting->child().pidfd()); !moved) return moved.take_error();
    return std::move(*waiting).release();
  }
  if (command.argv.empty()) return Error{EINVAL, "there is no command"};
  auto report = make_pipe();
  if (!report) return report.take_error();
  Prepared prepared;
  prepare(command, signals, prepared);
  prepared.plan.report = report->write.get();
  return Launch::clone(command, prepared.plan, cgroup.fd(), std::move(report->read));
}

int exit_status(int wait_status) {
  if (WIFEXITED(wait_status)) return WEXITSTATUS(wait_status);
  if (WIFSIGNALED(wait_status)) return 128 + WTERMSIG(wait_status);
  return kOwnFailure;
}

}  // namespace gatehouse::sessions
