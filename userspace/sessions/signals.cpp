// SPDX-License-Identifier: Apache-2.0
// A signalfd over the signals that would end us.
// It must never be used with a handler of its own beside it.
#include "sessions/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

namespace gatehouse::sessions {
namespace {

// The terminal's own: everyone in the foreground gets them from the kernel.
constexpr int kIgnored[] = {SIGINT, SIGQUIT};
constexpr int kForwarded[] = {SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};

sigset_t ours() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGCHLD);
  for (const int signal : kIgnored)
    ::sigaddset(&set, signal);
  for (const int signal : kForwarded)
    ::sigaddset(&set, signal);
  return set;
}

}  // namespace

Result<Signals> Signals::take(sighandler_t on_broken_pipe) {
  Signals signals;
  signals.before_.on_broken_pipe = on_broken_pipe;
  const sigset_t set = ours();
  if (const int error = ::pthread_sigmask(SIG_BLOCK, &set, &signals.before_.mask))
    return sys_error("cannot block signals", error);
  signals.fd_.reset(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!signals.fd_.valid()) {
    Error error = sys_error("cannot open a signalfd");
    signals.give_back();
    return error;
  }
  return signals;
}

Signals::Arrived Signals::read() {
  Arrived arrived;
  signalfd_siginfo info = {};
  while (::read(fd_.get(), &info, sizeof info) == sizeof info) {
    const auto signal = static_cast<int>(info.ssi_signo);
    if (signal == SIGCHLD) arrived.child = true;
    // A hang-up of the terminal (from the kernel) reaches the agent as it reaches us; a kill(2) may have
    // named us alone.
    const bool from_kernel = info.ssi_code == SI_KERNEL;
    for (const int forwarded : kForwarded)
      if (signal == forwarded && !from_kernel) arrived.forward.push_back(signal);
  }
  return arrived;
}

void Signals::give_back() { ::pthread_sigmask(SIG_SETMASK, &before_.mask, nullptr); }

}  // namespace gatehouse::sessions
