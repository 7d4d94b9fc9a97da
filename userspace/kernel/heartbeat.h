// SPDX-License-Identifier: Apache-2.0
// Tells the hooks that somebody is there to answer: the time, written twice a second by a thread.
// It must never go on when its owner is gone: then asks are decided as unattended.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "kernel/memory.h"

namespace gatehouse::kernel {

// One beat, for a controller that has a timer of its own.
void beat(gh_controls& controls);

// Beats as long as it lives; the last thing it does is to say that nobody is there. Its thread takes the
// signal mask of the thread that makes it.
class Heartbeat {
 public:
  explicit Heartbeat(gh_controls& controls);
  ~Heartbeat();
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

 private:
  gh_controls& controls_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace gatehouse::kernel
