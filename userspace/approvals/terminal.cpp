// SPDX-License-Identifier: Apache-2.0
// termios and process groups behind terminal.h. It must never be stopped for touching a terminal from
// the background: those signals are blocked around every touch.
#include "approvals/terminal.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace gatehouse::approvals {
namespace {

constexpr std::size_t kMostPending = 65536;

bool same(const termios& a, const termios& b) {
  return a.c_iflag == b.c_iflag && a.c_oflag == b.c_oflag && a.c_cflag == b.c_cflag &&
         a.c_lflag == b.c_lflag;
}

}  // namespace

NoTerminalStop::NoTerminalStop() {
  sigset_t blocked;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTTOU);
  ::sigaddset(&blocked, SIGTTIN);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before_);
}

NoTerminalStop::~NoTerminalStop() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

BorrowedTerminal::BorrowedTerminal(int fd) : fd_(fd) {
  termios found{};
  if (::tcgetattr(fd, &found) != 0) return;
  const NoTerminalStop no_stop;
  const pid_t group = ::tcgetpgrp(fd);
  if (group > 0 && group != ::getpgrp() && ::tcsetpgrp(fd, ::getpgrp()) == 0) foreground_ = group;

  ours_ = found;
  ours_.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG | IEXTEN);
  ours_.c_iflag |= ICRNL;
  ours_.c_oflag |= OPOST | ONLCR;
  ours_.c_cc[VMIN] = 0;
  ours_.c_cc[VTIME] = 0;
  if (::tcsetattr(fd, TCSANOW, &ours_) != 0) return;
  before_ = found;
  ::tcgetattr(fd, &ours_);  // what the terminal made of it
}

BorrowedTerminal::~BorrowedTerminal() {
  const NoTerminalStop no_stop;
  termios now{};
  // Somebody else set it in the meantime: then that is how it is wanted.
  if (before_ && ::tcgetattr(fd_, &now) == 0 && same(now, ours_)) {
    ::tcsetattr(fd_, TCSANOW, &*before_);
  }
  if (foreground_) ::tcsetpgrp(fd_, *foreground_);
}

void print_on(int fd, std::string_view text) {
  const NoTerminalStop no_stop;
  for (int patience = 10; !text.empty() && patience > 0;) {
    const ssize_t sent = ::write(fd, text.data(), text.size());
    if (sent > 0) {
      text.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return;
    pollfd waiting{fd, POLLOUT, 0};
    ::poll(&waiting, 1, 10);
    --patience;
  }
}

std::string typed_on(int fd, bool& closed) {
  const NoTerminalStop no_stop;
  const bool keys = ::isatty(fd) != 0;
  std::string all;
  char buffer[1024];
  while (all.size() < kMostPending) {
    pollfd waiting{fd, POLLIN, 0};
    if (::poll(&waiting, 1, 0) <= 0) break;
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) break;
    const bool taken_by_another = keys && got == 0 && (waiting.revents & POLLHUP) == 0;
    if (taken_by_another) break;
    if (got <= 0) {
      closed = true;
      break;
    }
    all.append(buffer, static_cast<std::size_t>(got));
  }
  return all;
}

}  // namespace gatehouse::approvals
