// SPDX-License-Identifier: Apache-2.0
// signalfd behind terminal_signals.h. It must never take a signal that a view does not handle.
#include "cli/terminal_signals.h"

#include <signal.h>
#include <sys/signalfd.h>

namespace gatehouse::cli {

UniqueFd take_terminal_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGWINCH})
    ::sigaddset(&set, number);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  return UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

}  // namespace gatehouse::cli
