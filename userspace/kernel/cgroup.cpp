// SPDX-License-Identifier: Apache-2.0
// Opening, making and removing cgroups, and moving a process into one.
// It must never remove a cgroup that still holds a process, nor anything that is not a cgroup.
#include "kernel/cgroup.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <thread>

#include "kernel/file.h"
#include "kernel/mountinfo.h"
#include "kernel/process.h"

namespace gatehouse::kernel {
namespace {

constexpr int kOpenDirectory = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;

// Names of the directories in a directory: a cgroup's children.
std::vector<std::string> children_of(int directory) {
  std::vector<std::string> names;
  const int again = ::openat(directory, ".", kOpenDirectory);
  if (again < 0) return names;
  DIR* dir = ::fdopendir(again);
  if (dir == nullptr) {
    ::close(again);
    return names;
  }
  while (const dirent* entry = ::readdir(dir))
    if (entry->d_type == DT_DIR && std::strcmp(entry->d_name, ".") != 0 &&
        std::strcmp(entry->d_name, "..") != 0)
      names.emplace_back(entry->d_name);
  ::closedir(dir);
  return names;
}

// Depth first. Fails at the first that is busy.
int remove_below(int directory) {
  for (const std::string& name : children_of(directory)) {
    const UniqueFd child(::openat(directory, name.c_str(), kOpenDirectory));
    if (child.valid()) {
      if (const int error = remove_below(child.get())) return error;
    }
    if (::unlinkat(directory, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) return errno;
  }
  return 0;
}

void list_below(int directory, std::vector<pid_t>& pids) {
  // A threaded child has no cgroup.procs to read; its processes stand in the domain above it.
  if (auto text = read_file_at(directory, "cgroup.procs")) {
    const char* at = text->c_str();
    while (*at != '\0') {
      char* end = nullptr;
      const long pid = std::strtol(at, &end, 10);
      if (end == at) break;
      if (pid > 0) pids.push_back(static_cast<pid_t>(pid));
      at = *end == '\n' ? end + 1 : end;
    }
  }
  for (const std::string& name : children_of(directory)) {
    const UniqueFd child(::openat(directory, name.c_str(), kOpenDirectory));
    if (child.valid()) list_below(child.get(), pids);
  }
}

}  // namespace

Result<std::string> find_cgroup_mount() {
  auto mounts = read_mountinfo();
  if (!mounts) return mounts.take_error();
  const auto mount = choose_cgroup2(*mounts);
  if (!mount)
    return Error{
        ENOENT,
        "no cgroup v2 hierarchy is mounted (mount -t cgroup2 none /sys/fs/cgroup, or boot with "
        "systemd.unified_cgroup_hierarchy=1)"};
  if (mount->read_only)
    return Error{EROFS, "the cgroup v2 hierarchy at " + mount->point + " is mounted read-only"};
  // The initial namespace has a fixed inode number.
  char name[64] = {};
  if (::readlink("/proc/self/ns/cgroup", name, sizeof name - 1) < 0)
    return sys_error("cannot read /proc/self/ns/cgroup");
  if (std::strcmp(name, "cgroup:[4026531835]") != 0)
    return Error{EPERM,
                 "this is not the initial cgroup namespace; run Gatehouse on the host itself"};
  return mount->point;
}

Result<std::string> cgroup_of(pid_t pid) {
  auto text = read_file(fmt::format("/proc/{}/cgroup", pid));
  if (!text) return text.take_error();
  std::string_view rest = *text;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.starts_with("0::")) return std::string(line.substr(3));
  }
  return Error{ENOENT, fmt::format("process {} is in no cgroup v2", pid)};
}

bool flat_value(std::string_view text, std::string_view key, std::string& value) {
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == ' ') {
      value = line.substr(key.size() + 1);
      return true;
    }
  }
  return false;
}

Result<Cgroup> Cgroup::take(const std::string& mount, const std::string& path, UniqueFd fd) {
  struct statfs fs = {};
  struct stat inode = {};
  if (::fstatfs(fd.get(), &fs) != 0 || ::fstat(fd.get(), &inode) != 0)
    return sys_error("cannot inspect " + path);
  if (fs.f_type != CGROUP2_SUPER_MAGIC)
    return Error{EINVAL, path + " is not a cgroup v2 directory"};
  Cgroup cgroup;
  cgroup.path_ = path;
  cgroup.below_ = path == mount ? "/" : path.substr(mount.size());
  cgroup.fd_ = std::move(fd);
  cgroup.id_ = inode.st_ino;  // kernfs: the inode number of a cgroup is its id on 64-bit kernels
  if (path != mount)
    cgroup.level_ = static_cast<std::uint32_t>(
        std::count(path.begin() + static_cast<std::ptrdiff_t>(mount.size()), path.end(), '/'));
  return cgroup;
}

Result<Cgroup> Cgroup::open(const std::string& mount, const std::string& path) {
  std::string clean = path;
  while (clean.size() > 1 && clean.back() == '/')
    clean.pop_back();
  if (clean != mount && !clean.starts_with(mount + "/"))
    return Error{EINVAL, path + " does not lie below " + mount};
  if (clean.find("//") != std::string::npos || (clean + "/").find("/../") != std::string::npos ||
      (clean + "/").find("/./") != std::string::npos)
    return Error{EINVAL, path + " is not a plain path"};
  UniqueFd fd(::open(clean.c_str(), kOpenDirectory));
  if (!fd.valid()) return sys_error("cannot open cgroup " + clean);
  return take(mount, clean, std::move(fd));
}

Result<Cgroup> Cgroup::make(const std::string& mount, const std::string& path) {
  const auto cut = path.rfind('/');
  const std::string above = cut == std::string::npos ? "" : path.substr(0, cut);
  if (above != mount) {
    auto parent = ensure(mount, above);
    if (!parent) return parent.take_error();
  }
  if (::mkdir(path.c_str(), 0755) != 0) return sys_error("cannot make cgroup " + path);
  return open(mount, path);
}

Result<Cgroup> Cgroup::ensure(const std::string& mount, const std::string& path) {
  auto there = open(mount, path);
  if (there || there.error().code != ENOENT) return there;
  auto made = make(mount, path);
  if (!made && made.error().code == EEXIST) return open(mount, path);
  return made;
}

Result<Cgroup> Cgroup::by_id(const std::string& mount, std::uint64_t id) {
  const UniqueFd root(::open(mount.c_str(), kOpenDirectory));
  if (!root.valid()) return sys_error("cannot open " + mount);
  alignas(file_handle) char room[sizeof(file_handle) + sizeof id] = {};
  auto* handle = new (room) file_handle;
  handle->handle_bytes = sizeof id;
  handle->handle_type = 0xfe;  // FILEID_KERNFS
  std::memcpy(handle->f_handle, &id, sizeof id);
  UniqueFd fd(::open_by_handle_at(root.get(), handle, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return sys_error(fmt::format("no cgroup has the id {}", id));
  char path[4096] = {};
  const std::string link = fmt::format("/proc/self/fd/{}", fd.get());
  if (::readlink(link.c_str(), path, sizeof path - 1) < 0) return sys_error("cannot read " + link);
  if (std::string_view(path).ends_with(" (deleted)"))
    return Error{ESTALE, fmt::format("cgroup {} was removed", id)};
  return take(mount, path, std::move(fd));
}

Result<std::vector<pid_t>> Cgroup::processes() const {
  std::vector<pid_t> pids;
  list_below(fd_.get(), pids);
  // The kernel may name one twice while processes come and go (seen on 6.1).
  std::sort(pids.begin(), pids.end());
  pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
  return pids;
}

std::vector<std::string> Cgroup::children() const { return children_of(fd_.get()); }

Result<bool> Cgroup::holds(pid_t pid) const {
  auto path = cgroup_of(pid);
  if (!path) return path.take_error();
  return below_ == "/" || *path == below_ || path->starts_with(below_ + "/");
}

Result<void> Cgroup::enter(int pidfd) const {
  auto pid = pid_of(pidfd);
  if (!pid) return pid.take_error();
  if (auto written = write_file_at(fd_.get(), "cgroup.procs", std::to_string(*pid)); !written)
    return written.take_error().because("moving process " + std::to_string(*pid) + " into " +
                                        path_);
  // As long as the pidfd's process is not reaped its number is its own: alive now, it was it that moved.
  if (::syscall(SYS_pidfd_send_signal, pidfd, 0, nullptr, 0) != 0)
    return sys_error("process " + std::to_string(*pid) + " ended while it was moved");
  auto now = cgroup_of(*pid);
  if (!now) return now.take_error();
  if (*now != below_)
    return Error{EAGAIN, "process " + std::to_string(*pid) + " was moved away to " + *now};
  return {};
}

Result<void> Cgroup::remove(Milliseconds limit) const {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (true) {
    int error = remove_below(fd_.get());
    if (error == 0) {
      if (::rmdir(path_.c_str()) == 0 || errno == ENOENT) return {};
      error = errno;
    }
    // A process that has just died may hold its cgroup for a moment.
    if (error != EBUSY || std::chrono::steady_clock::now() >= end)
      return sys_error("cannot remove cgroup " + path_, error);
    std::this_thread::sleep_for(Milliseconds(2));
  }
}

}  // namespace gatehouse::kernel
