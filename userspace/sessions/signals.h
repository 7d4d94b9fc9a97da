// SPDX-License-Identifier: Apache-2.0
// Signals of a `run` that stands between a terminal and its agent: read from a descriptor, so that no
// handler and no disposition changes. It must never swallow a signal that the agent was to get.
#pragma once

#include <signal.h>

#include <functional>
#include <optional>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace gatehouse::sessions {

// What the child must get back before it executes.
struct SignalState {
  sigset_t mask = {};                     // before we blocked anything
  sighandler_t on_broken_pipe = SIG_DFL;  // of SIGPIPE, before we ignored it
};

// Blocks SIGCHLD, SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2 for this thread and all that it
// makes: so make it before any other thread. Ctrl-C reaches the agent by itself (it is in our process
// group); we only must not die of it.
class Signals {
 public:
  static Result<Signals> take(sighandler_t on_broken_pipe);
  [[nodiscard]] int fd() const { return fd_.get(); }  // for epoll
  [[nodiscard]] const SignalState& before() const { return before_; }

  // What came since the last call, SIGINT and SIGQUIT left out.
  struct Arrived {
    bool child = false;        // SIGCHLD: look at the child
    std::vector<int> forward;  // to be passed on: sent to us alone, by another process
  };
  Arrived read();

  // The mask from before comes back. What is pending then takes effect.
  void give_back();

 private:
  UniqueFd fd_;
  SignalState before_;
};

}  // namespace gatehouse::sessions
