// SPDX-License-Identifier: Apache-2.0
// The loop over epoll. It must never outlive a callback's captures: owners remove what they added.
#include "daemon/loop.h"

#include <sys/epoll.h>

namespace gatehouse::daemon {

Result<Loop> Loop::make() {
  Loop loop;
  loop.epoll_ = UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
  if (!loop.epoll_.valid()) return sys_error("cannot make an epoll");
  return loop;
}

Result<void> Loop::add(int fd, std::function<void()> call) {
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    return sys_error("cannot watch a descriptor");
  calls_[fd] = std::make_shared<std::function<void()>>(std::move(call));
  return {};
}

void Loop::remove(int fd) {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  calls_.erase(fd);
}

Result<void> Loop::turn(int timeout_ms) {
  epoll_event ready[32];
  const int count = ::epoll_wait(epoll_.get(), ready, 32, timeout_ms);
  if (count < 0 && errno != EINTR) return sys_error("cannot wait for events");
  for (int i = 0; i < count; i++) {
    const auto found = calls_.find(ready[i].data.fd);
    if (found == calls_.end()) continue;  // removed by a callback before it
    const auto call = found->second;      // may remove itself
    (*call)();
  }
  return {};
}

}  // namespace gatehouse::daemon
