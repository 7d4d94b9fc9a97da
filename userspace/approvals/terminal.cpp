// SPDX-License-Identifier: Apache-2.0
// termios and process groups behind terminal.h. It must never be stopped for touching a terminal from
// the background: those signals are blocked around every touch.
#include "approvals/terminal.h"

#include <unistd.h>

namespace gatehouse::approvals {
namespace {

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

}  // namespace gatehouse::approvals
