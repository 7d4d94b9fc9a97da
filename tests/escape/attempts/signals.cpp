// SPDX-License-Identifier: Apache-2.0
// Every way to have a signal sent to a process outside of the session. It must never send one that the
// victim does not count, nor to more than one process group.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "judge.h"

namespace gatehouse::escape {
namespace {

using Send = std::function<int(pid_t)>;

void add_signal(Attempts& all, const std::string& name, int signal, const Send& send) {
  all.push_back({name, anyone, [=](const Ground& g) {
                   return signalled(g, signal, [&] { return send(g.victim()); });
                 }});
}

siginfo_t queued(int signal) {
  siginfo_t info = {};
  info.si_signo = signal;
  info.si_code = SI_QUEUE;
  info.si_pid = ::getpid();
  info.si_uid = ::getuid();
  return info;
}

// A socket pair whose first end tells its owner, by `own`, when the second is written to.
int by_owner(const std::function<int(int)>& own, int signal = 0) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return errno;
  if (own(ends[0]) != 0) return errno;
  if (signal != 0 && ::fcntl(ends[0], F_SETSIG, signal) != 0) return errno;
  if (::fcntl(ends[0], F_SETFL, O_ASYNC) != 0) return errno;
  return said(::write(ends[1], "x", 1));
}

}  // namespace

void add_signals(Attempts& all) {
  add_signal(all, "kill", SIGUSR1, [](pid_t pid) { return said(::kill(pid, SIGUSR1)); });
  add_signal(all, "kill-a-group", SIGUSR1, [](pid_t pid) { return said(::kill(-pid, SIGUSR1)); });
  add_signal(all, "kill-by-real-time-signal", 40, [](pid_t pid) { return said(::kill(pid, 40)); });
  add_signal(all, "kill-a-thread", SIGUSR2,
             [](pid_t pid) { return said(::syscall(SYS_tkill, pid, SIGUSR2)); });
  add_signal(all, "kill-a-thread-of-a-group", SIGUSR2,
             [](pid_t pid) { return said(::syscall(SYS_tgkill, pid, pid, SIGUSR2)); });
  add_signal(all, "queue-a-signal", 41, [](pid_t pid) {
    auto info = queued(41);
    return said(::syscall(SYS_rt_sigqueueinfo, pid, 41, &info));
  });
  add_signal(all, "queue-a-signal-to-a-thread", 42, [](pid_t pid) {
    auto info = queued(42);
    return said(::syscall(SYS_rt_tgsigqueueinfo, pid, pid, 42, &info));
  });
  add_signal(all, "signal-by-pidfd", SIGUSR1, [](pid_t pid) {
    const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    return fd < 0 ? errno : said(::syscall(SYS_pidfd_send_signal, fd, SIGUSR1, nullptr, 0));
  });
  add_signal(all, "signal-by-proc-directory", SIGUSR1, [](pid_t pid) {
    const int fd = ::open(("/proc/" + std::to_string(pid)).c_str(), O_RDONLY | O_DIRECTORY);
    return fd < 0 ? errno : said(::syscall(SYS_pidfd_send_signal, fd, SIGUSR1, nullptr, 0));
  });
  add_signal(all, "owner-of-a-descriptor", SIGIO, [](pid_t pid) {
    return by_owner([=](int fd) { return ::fcntl(fd, F_SETOWN, pid); });
  });
  add_signal(all, "group-owner-of-a-descriptor", SIGIO, [](pid_t pid) {
    return by_owner([=](int fd) { return ::fcntl(fd, F_SETOWN, -pid); });
  });
  add_signal(all, "thread-owner-of-a-descriptor", SIGIO, [](pid_t pid) {
    return by_owner([=](int fd) {
      f_owner_ex owner = {F_OWNER_TID, pid};
      return ::fcntl(fd, F_SETOWN_EX, &owner);
    });
  });
  add_signal(all, "owner-of-a-descriptor-with-another-signal", 43, [](pid_t pid) {
    return by_owner([=](int fd) { return ::fcntl(fd, F_SETOWN, pid); }, 43);
  });
  add_signal(all, "owner-of-a-socket", SIGIO, [](pid_t pid) {
    return by_owner([=](int fd) { return ::ioctl(fd, FIOSETOWN, &pid); });
  });
  add_signal(all, "group-of-a-socket", SIGIO, [](pid_t pid) {
    return by_owner([=](int fd) { return ::ioctl(fd, SIOCSPGRP, &pid); });
  });
  add_signal(all, "owner-of-a-lease", SIGIO, [](pid_t pid) {
    // Breaking a lease on a file of its own tells the owner: itself, where another was refused.
    ::signal(SIGIO, SIG_IGN);
    const std::string path = "/tmp/escape-lease-" + std::to_string(::getpid());
    const int fd = ::open(path.c_str(), O_RDONLY | O_CREAT, 0600);
    int error = 0;
    if (::fcntl(fd, F_SETLEASE, F_RDLCK) != 0 || ::fcntl(fd, F_SETOWN, pid) != 0) error = errno;
    const int other = ::open(path.c_str(), O_WRONLY | O_NONBLOCK);
    ::unlink(path.c_str());
    ::close(other);
    return error;
  });
}

}  // namespace gatehouse::escape
