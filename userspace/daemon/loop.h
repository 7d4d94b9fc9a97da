// SPDX-License-Identifier: Apache-2.0
// One thread's event loop: descriptors with a callback each, and a tick. It must never block in a
// callback, nor call one whose descriptor was removed meanwhile.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "base/result.h"
#include "base/unique_fd.h"

namespace gatehouse::daemon {

class Loop {
 public:
  static Result<Loop> make();

  // Called whenever `fd` is readable. The descriptor stays its owner's.
  Result<void> add(int fd, std::function<void()> call);
  void remove(int fd);
  // Waits up to `timeout_ms` (-1: for ever) and calls what is ready.
  Result<void> turn(int timeout_ms);

 private:
  UniqueFd epoll_;
  std::map<int, std::shared_ptr<std::function<void()>>> calls_;
};

}  // namespace gatehouse::daemon
