// SPDX-License-Identifier: Apache-2.0
// posix_openpt behind pty.h. It must never be anybody's controlling terminal but the child's.
#include "pty.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace gatehouse::e2e {

Pty::Pty() {
  fd_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  char name[128] = {};
  if (fd_ < 0 || ::grantpt(fd_) != 0 || ::unlockpt(fd_) != 0 ||
      ::ptsname_r(fd_, name, sizeof name) != 0)
    ADD_FAILURE() << "no terminal";
  name_ = name;
  const winsize size = {40, 120, 0, 0};
  ::ioctl(fd_, TIOCSWINSZ, &size);
}

Pty::~Pty() { ::close(fd_); }

Settings Pty::settings() const {
  Settings settings;
  settings.terminal = name_;
  settings.environment = {{"TERM", "xterm"}, {"NO_COLOR", "1"}, {"PS1", "prompt> "}};
  return settings;
}

void Pty::type(const std::string& keys) const {
  EXPECT_EQ(::write(fd_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
}

const std::string& Pty::screen() {
  char buffer[4096];
  pollfd ready = {fd_, POLLIN, 0};
  while (::poll(&ready, 1, 0) > 0) {
    const ssize_t got = ::read(fd_, buffer, sizeof buffer);
    if (got <= 0) break;
    screen_.append(buffer, static_cast<std::size_t>(got));
  }
  return screen_;
}

void Pty::forget() {
  screen();
  screen_.clear();
}

bool Pty::shows(const std::string& text, double seconds) {
  return eventually([&] { return screen().find(text) != std::string::npos; }, seconds);
}

}  // namespace gatehouse::e2e
