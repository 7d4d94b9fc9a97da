// SPDX-License-Identifier: Apache-2.0
// Looks before and after. It must never trust the act's own word where the effect can be seen.
#include "judge.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <thread>

namespace gatehouse::escape {
namespace {

struct State {
  struct stat info = {};
  std::string content, attribute, acl;
  int flags = 0;
  explicit State(const std::string& path) {
    ::lstat(path.c_str(), &info);
    content = text_of(path);
    attribute = xattr(path, "user.escape");
    acl = xattr(path, "system.posix_acl_access");
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    ::ioctl(fd, FS_IOC_GETFLAGS, &flags);
    ::close(fd);
  }
  static std::string xattr(const std::string& path, const char* name) {
    char value[256];
    const auto size = ::getxattr(path.c_str(), name, value, sizeof value);
    return size < 0 ? std::string() : std::string(value, static_cast<std::size_t>(size));
  }
  [[nodiscard]] std::string differs(const State& other) const {
    if (content != other.content) return "content";
    if (info.st_size != other.info.st_size) return "size";
    if (info.st_mode != other.info.st_mode) return "mode";
    if (info.st_uid != other.info.st_uid || info.st_gid != other.info.st_gid) return "owner";
    if (std::memcmp(&info.st_mtim, &other.info.st_mtim, sizeof(timespec)) != 0) return "mtime";
    if (attribute != other.attribute) return "attribute";
    if (acl != other.acl) return "ACL";
    if (flags != other.flags) return "flags";
    return {};
  }
  void restore(const std::string& path) const {
    const char* p = path.c_str();
    const int fd = ::open(p, O_RDONLY | O_CLOEXEC);
    ::ioctl(fd, FS_IOC_SETFLAGS, &flags);
    ::close(fd);
    if (::lchown(p, info.st_uid, info.st_gid) != 0) errno = 0;
    if (acl.empty())
      ::removexattr(p, "system.posix_acl_access");
    else
      ::setxattr(p, "system.posix_acl_access", acl.data(), acl.size(), 0);
    ::chmod(p, info.st_mode & 07777);
    if (attribute.empty())
      ::removexattr(p, "user.escape");
    else
      ::setxattr(p, "user.escape", attribute.data(), attribute.size(), 0);
    if (text_of(path) != content) write_to(path, content, O_TRUNC);
    const timespec times[2] = {info.st_atim, info.st_mtim};
    ::utimensat(AT_FDCWD, p, times, 0);
  }
};

}  // namespace

void sleep_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

bool wait_until(const std::function<bool()>& so, double seconds) {
  for (int i = 0; i < static_cast<int>(seconds * 50); i++) {
    if (so()) return true;
    sleep_ms(20);
  }
  return so();
}

bool exists(const std::string& path) {
  struct stat info = {};
  return ::lstat(path.c_str(), &info) == 0;
}

std::string text_of(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return {};
  char bytes[4096];
  const auto size = ::read(fd, bytes, sizeof bytes);
  ::close(fd);
  return size <= 0 ? std::string() : std::string(bytes, static_cast<std::size_t>(size));
}

int write_text(int fd, const std::string& text) {
  if (fd < 0) return errno;
  const int error = said(::write(fd, text.data(), text.size()));
  ::close(fd);
  return error;
}

int write_to(const std::string& path, const std::string& text, int flags) {
  return write_text(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | flags, 0644), text);
}

Outcome holds_canary(const Ground& ground, const void* bytes, std::size_t size, int error) {
  const std::string canary = ground.canary();
  if (::memmem(bytes, size, canary.data(), canary.size()) != nullptr)
    return escaped("read the canary");
  return contained(error);
}

Outcome reads_canary(const Ground& ground, int fd) {
  if (fd < 0) return contained(errno);
  char bytes[4096];
  const auto size = ::pread(fd, bytes, sizeof bytes, 0);
  const auto got = size < 0 ? ::read(fd, bytes, sizeof bytes) : size;
  const int error = got < 0 ? errno : 0;
  ::close(fd);
  return holds_canary(ground, bytes, got < 0 ? 0 : static_cast<std::size_t>(got), error);
}

Outcome reads_canary_at(const Ground& ground, const std::string& path) {
  return reads_canary(ground, ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

Outcome changes(const std::string& path, const Act& act) {
  const State before(path);
  if (before.content.empty()) return broken("cannot read " + path);
  const int error = act();
  const std::string what = State(path).differs(before);
  if (what.empty()) return contained(error);
  before.restore(path);
  const std::string left = State(path).differs(before);
  return left.empty() ? escaped("changed " + what + " of " + path)
                      : not_put_back("changed " + what + " of " + path);
}

Outcome changes_kept(const Ground& ground, const Act& act) { return changes(ground.kept(), act); }

Outcome makes(const std::string& path, const Act& act) {
  if (exists(path)) return broken(path + " is there already");
  const int error = act();
  if (!exists(path)) return contained(error);
  if (::unlink(path.c_str()) != 0 && ::rmdir(path.c_str()) != 0)
    return not_put_back("made " + path);
  return escaped("made " + path);
}

Outcome removes(const std::string& path, const Act& act, const Act& undo) {
  if (!exists(path)) return broken(path + " is not there");
  const int error = act();
  if (exists(path)) return contained(error);
  undo();
  return exists(path) ? escaped("removed " + path) : not_put_back("removed " + path);
}

Outcome heard(const Ground& ground, Ear ear, const Act& act) {
  const auto before = ground.seen().heard[ear].load();
  const int error = act();
  const bool so =
      wait_until([&] { return ground.seen().heard[ear].load() != before; }, error == 0 ? 2.0 : 0.3);
  return so ? escaped(std::string("reached ") + name_of(ear)) : contained(error);
}

Outcome signalled(const Ground& ground, int signal, const Act& act) {
  const auto& count = ground.seen().signals[signal];
  const auto before = count.load();
  const int error = act();
  const bool so = wait_until([&] { return count.load() != before; }, error == 0 ? 2.0 : 0.1);
  return so ? escaped("the victim got signal " + std::to_string(signal)) : contained(error);
}

Outcome returned(long result, const std::string& what) {
  return result < 0 ? contained(errno) : escaped(what);
}

Outcome in_child(const std::function<Outcome()>& act) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return broken("pipe");
  const pid_t pid = ::fork();
  if (pid < 0) return contained(errno);
  if (pid == 0) {
    const Outcome outcome = act();
    std::string line(1, static_cast<char>('0' + outcome.kind));
    line += std::to_string(outcome.error) + " " + outcome.detail;
    if (::write(ends[1], line.data(), line.size()) < 0) ::_exit(1);
    ::_exit(0);
  }
  ::close(ends[1]);
  char line[1024];
  const auto size = ::read(ends[0], line, sizeof line - 1);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(pid, &status, __WALL);
  if (size <= 0)
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? contained(EOWNERDEAD)
                                                              : broken("the child died");
  line[size] = '\0';
  char* rest = nullptr;
  const int error = static_cast<int>(std::strtol(line + 1, &rest, 10));
  return {static_cast<Outcome::Kind>(line[0] - '0'), error, *rest == ' ' ? rest + 1 : ""};
}

}  // namespace gatehouse::escape
