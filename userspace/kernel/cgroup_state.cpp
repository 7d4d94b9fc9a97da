// SPDX-License-Identifier: Apache-2.0
// Freezing, thawing, killing, and waiting for what cgroup.events tells.
// It must never leave a cgroup frozen that it could not freeze in time.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "kernel/cgroup.h"
#include "kernel/file.h"

namespace gatehouse::kernel {
namespace {

using Clock = std::chrono::steady_clock;

Result<std::string> event_value(int directory, std::string_view key) {
  auto text = read_file_at(directory, "cgroup.events");
  if (!text) return text.take_error();
  std::string value;
  if (!flat_value(*text, key, value))
    return Error{ENOENT, "cgroup.events does not tell '" + std::string(key) + "'"};
  return value;
}

}  // namespace

Result<bool> Cgroup::wait_event(std::string_view key, std::string_view value,
                                Milliseconds limit) const {
  const auto end = Clock::now() + limit;
  const UniqueFd events(::openat(fd_.get(), "cgroup.events", O_RDONLY | O_CLOEXEC));
  if (!events.valid()) return sys_error("cannot open cgroup.events of " + path_);
  while (true) {
    // Reading arms the notification, so a change after this read wakes the poll below.
    char text[512];
    const ssize_t n = ::pread(events.get(), text, sizeof text, 0);
    if (n < 0) return sys_error("cannot read cgroup.events of " + path_);
    std::string now;
    if (flat_value({text, static_cast<std::size_t>(n)}, key, now) && now == value) return true;
    int wait = -1;
    if (limit.count() >= 0) {
      const auto left = std::chrono::duration_cast<Milliseconds>(end - Clock::now()).count();
      if (left <= 0) return false;
      wait = static_cast<int>(std::min<long>(left, 60'000)) + 1;
    }
    pollfd poll = {events.get(), POLLPRI, 0};
    if (::poll(&poll, 1, wait) < 0 && errno != EINTR) return sys_error("cannot wait for " + path_);
  }
}

Result<void> Cgroup::freeze(Milliseconds limit) const {
  if (auto written = write_file_at(fd_.get(), "cgroup.freeze", "1"); !written)
    return written.take_error().because("freezing " + path_);
  auto frozen = wait_event("frozen", "1", limit);
  if (frozen && *frozen) return {};
  auto thawed = thaw();
  if (!frozen) return frozen.take_error();
  if (!thawed) return thawed.take_error();
  return Error{ETIMEDOUT, path_ + " did not freeze in time"};
}

Result<void> Cgroup::thaw() const {
  if (auto written = write_file_at(fd_.get(), "cgroup.freeze", "0"); !written)
    return written.take_error().because("thawing " + path_);
  return {};
}

Result<bool> Cgroup::wait_frozen(Milliseconds limit) const {
  return wait_event("frozen", "1", limit);
}

Result<void> Cgroup::kill() const {
  if (auto written = write_file_at(fd_.get(), "cgroup.kill", "1"); !written)
    return written.take_error().because("killing " + path_);
  return {};
}

Result<bool> Cgroup::populated() const {
  auto value = event_value(fd_.get(), "populated");
  if (!value) return value.take_error();
  return *value == "1";
}

Result<bool> Cgroup::wait_empty(Milliseconds limit) const {
  return wait_event("populated", "0", limit);
}

}  // namespace gatehouse::kernel
