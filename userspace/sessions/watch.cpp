// SPDX-License-Identifier: Apache-2.0
// waitpid, and what a stop means.
// It must never wait for the child: whoever calls has others to serve.
#include "sessions/watch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

#include "kernel/file.h"

namespace gatehouse::sessions {
namespace {

bool is_stopped(pid_t pid) {
  auto stat = kernel::read_file("/proc/" + std::to_string(pid) + "/stat");
  if (!stat) return false;
  const auto name_end = stat->rfind(')');
  return name_end != std::string::npos && stat->compare(name_end, 3, ") T") == 0;
}

}  // namespace

std::optional<int> Watch::look() {
  while (true) {
    int status = 0;
    const pid_t pid = ::waitpid(child_->pid(), &status, WNOHANG | WUNTRACED);
    if (pid == 0 || (pid < 0 && errno != EINTR)) return std::nullopt;
    if (pid < 0) continue;
    if (!WIFSTOPPED(status)) return status;
    if (WSTOPSIG(status) == SIGSTOP && held_(pid)) continue;
    // Ctrl-Z stops us too, and `fg` continues us both: what we read may be over. A moment tells.
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (is_stopped(pid) && !held_(pid)) stop_with_it();
  }
}

void Watch::stop_with_it() {
  const UniqueFd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  const pid_t foreground = terminal.valid() ? ::tcgetpgrp(terminal.get()) : -1;
  const pid_t group = ::getpgid(child_->pid());
  ::kill(::getpid(), SIGSTOP);
  // Continued. If the child had a job of its own in the foreground, and the shell gave it to us: hand it on.
  if (foreground > 0 && foreground != ::getpgrp() && ::tcgetpgrp(terminal.get()) == ::getpgrp())
    ::tcsetpgrp(terminal.get(), foreground);
  if (group > 0 && group != ::getpgrp())
    ::kill(-group, SIGCONT);
  else
    (void)child_->signal(SIGCONT);
}

}  // namespace gatehouse::sessions
