// SPDX-License-Identifier: Apache-2.0
// Watches the agent's first process as a shell watches its job: ended, or stopped and continued with us.
// It must never stop us for a pause that an approval made: who would answer it?
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>

#include "sessions/spawn.h"

namespace gatehouse::sessions {

class Watch {
 public:
  // `held`: is that process paused for an answer? (kernel::Answers::is_held)
  Watch(const Child& child, std::function<bool(pid_t)> held)
      : child_(&child), held_(std::move(held)) {}

  // To be called after each SIGCHLD and when the pidfd is readable. The wait status, once it has ended.
  std::optional<int> look();

 private:
  // Our own job is stopped as well, so that the shell above takes the terminal back; on `fg` all goes on.
  void stop_with_it();

  const Child* child_;
  std::function<bool(pid_t)> held_;
};

}  // namespace gatehouse::sessions
