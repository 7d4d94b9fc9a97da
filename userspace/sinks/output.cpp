// SPDX-License-Identifier: Apache-2.0
// Short writes, full disks and slow readers behind output.h. It must never retry in a loop: what
// does not fit now is kept, taken back or refused.
#include "sinks/output.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gatehouse::sinks {
namespace {

constexpr int kAppend = O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;

}  // namespace

Output::Output(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {
  struct stat info {};
  if (::fstat(fd_.get(), &info) == 0) {
    regular_ = S_ISREG(info.st_mode);
    socket_ = S_ISSOCK(info.st_mode);
  }
}

Result<Output> Output::to_file(std::string path) {
  UniqueFd fd(::open(path.c_str(), kAppend | O_CREAT, 0640));
  if (!fd.valid()) return sys_error("cannot open " + path);
  return Output(std::move(fd), std::move(path));
}

Result<Output> Output::to_fd(int fd) {
  UniqueFd own(::open(("/proc/self/fd/" + std::to_string(fd)).c_str(), kAppend));
  if (!own.valid()) own.reset(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!own.valid()) return sys_error("cannot write to descriptor " + std::to_string(fd));
  return Output(std::move(own), {});
}

bool Output::put(std::string_view line) {
  flush();
  if (pending_.empty()) return start(line);
  if (pending_.size() + line.size() > kMostPending) return false;
  pending_ += line;
  return true;
}

bool Output::start(std::string_view line) {
  std::string repaired;
  if (torn_) {
    repaired = "\n" + std::string(line);
    line = repaired;
  }
  const ssize_t sent =
      socket_ ? ::send(fd_.get(), line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
              : ::write(fd_.get(), line.data(), line.size());
  if (sent < 0) {
    if (errno != EAGAIN && errno != EINTR) return false;
    pending_ = line;
    torn_ = false;
    return true;
  }
  const auto written = static_cast<std::size_t>(sent);
  if (written == line.size()) {
    torn_ = false;
    return true;
  }
  if (regular_) {
    take_back(written);
    return false;
  }
  torn_ = false;
  pending_ = line.substr(written);
  return true;
}

void Output::take_back(std::size_t written) {
  const off_t end = ::lseek(fd_.get(), 0, SEEK_END);
  if (end >= static_cast<off_t>(written) &&
      ::ftruncate(fd_.get(), end - static_cast<off_t>(written)) == 0) {
    return;
  }
  torn_ = torn_ || written != 0;
}

void Output::flush() {
  if (!path_.empty() && pending_.empty()) reopen_if_moved();
  if (pending_.empty()) return;
  const ssize_t sent =
      socket_ ? ::send(fd_.get(), pending_.data(), pending_.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
              : ::write(fd_.get(), pending_.data(), pending_.size());
  if (sent > 0) pending_.erase(0, static_cast<std::size_t>(sent));
}

void Output::reopen_if_moved() {
  struct stat ours {};
  struct stat theirs {};
  if (::fstat(fd_.get(), &ours) != 0) return;
  if (::stat(path_.c_str(), &theirs) == 0 && ours.st_dev == theirs.st_dev &&
      ours.st_ino == theirs.st_ino) {
    return;
  }
  UniqueFd fresh(::open(path_.c_str(), kAppend | O_CREAT, 0640));
  if (!fresh.valid()) return;
  fd_ = std::move(fresh);
  torn_ = false;
}

}  // namespace gatehouse::sinks
