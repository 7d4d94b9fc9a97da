// SPDX-License-Identifier: Apache-2.0
// A terminal that belongs to somebody else, borrowed for one question. It must never be left in
// another state than it was found in.
#pragma once

#include <signal.h>
#include <sys/types.h>
#include <termios.h>

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::approvals {

// While this lives, touching a terminal from the background fails instead of stopping the process.
class NoTerminalStop {
 public:
  NoTerminalStop();
  NoTerminalStop(const NoTerminalStop&) = delete;
  NoTerminalStop& operator=(const NoTerminalStop&) = delete;
  ~NoTerminalStop();

 private:
  sigset_t before_{};
};

class BorrowedTerminal {
 public:
  // Keys come one by one and unseen, newlines are whole, and this process is in the foreground. Does
  // nothing where `fd` is no terminal.
  explicit BorrowedTerminal(int fd);
  BorrowedTerminal(const BorrowedTerminal&) = delete;
  BorrowedTerminal& operator=(const BorrowedTerminal&) = delete;
  ~BorrowedTerminal();

 private:
  int fd_;
  std::optional<termios> before_;
  termios ours_{};
  std::optional<pid_t> foreground_;
};

// All of `text`, unless the terminal takes nothing for a tenth of a second: a stopped one must not stop us.
void print_on(int fd, std::string_view text);

// What lies there to be read on a descriptor that never blocks, up to a limit. `closed` is set when the other
// side hung up.
std::string typed_on(int fd, bool& closed);

}  // namespace gatehouse::approvals
