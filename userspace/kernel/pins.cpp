// SPDX-License-Identifier: Apache-2.0
// Directories in bpffs, their lock (flock, so that it goes with its holder) and their removal.
// It must never follow a link out of the directory that it removes.
#include "kernel/pins.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cstdio>
#include <cstring>

namespace gatehouse::kernel {
namespace {

constexpr const char* kBpffs = "/sys/fs/bpf";
constexpr int kOpenDirectory = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;

std::vector<std::string> names_in(int directory) {
  std::vector<std::string> names;
  const int again = ::openat(directory, ".", kOpenDirectory);
  if (again < 0) return names;
  DIR* dir = ::fdopendir(again);
  if (dir == nullptr) {
    ::close(again);
    return names;
  }
  while (const dirent* entry = ::readdir(dir))
    if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0)
      names.emplace_back(entry->d_name);
  ::closedir(dir);
  return names;
}

int remove_below(int directory) {
  for (const std::string& name : names_in(directory)) {
    if (::unlinkat(directory, name.c_str(), 0) == 0) continue;
    if (errno != EISDIR && errno != EPERM) return errno;
    {
      const UniqueFd child(::openat(directory, name.c_str(), kOpenDirectory));
      if (!child.valid()) return errno;
      if (const int error = remove_below(child.get())) return error;
    }
    if (::unlinkat(directory, name.c_str(), AT_REMOVEDIR) != 0) return errno;
  }
  return 0;
}

Result<void> make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return sys_error("cannot make " + path);
}

}  // namespace

Result<void> ensure_bpffs() {
  struct statfs fs = {};
  if (::statfs(kBpffs, &fs) != 0) return sys_error(std::string("cannot inspect ") + kBpffs);
  if (fs.f_type == BPF_FS_MAGIC) return {};
  if (::mount("bpf", kBpffs, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") == 0) return {};
  return sys_error(std::string("cannot mount the BPF file system at ") + kBpffs);
}

Result<PinDir> PinDir::locked(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), kOpenDirectory));
  if (!fd.valid()) return sys_error("cannot open " + path);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return Error{EBUSY, path + " belongs to a running Gatehouse controller"};
    return sys_error("cannot lock " + path);
  }
  PinDir dir;
  dir.path_ = path;
  dir.fd_ = std::move(fd);
  return dir;
}

Result<UniqueFd> lock_pin_root() {
  if (auto ready = ensure_bpffs(); !ready) return ready.take_error();
  if (auto made = make_directory(kPinRoot); !made) return made.take_error();
  UniqueFd fd(::open(kPinRoot, kOpenDirectory));
  if (!fd.valid()) return sys_error(std::string("cannot open ") + kPinRoot);
  while (::flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return sys_error(std::string("cannot lock ") + kPinRoot);
  }
  return fd;
}

Result<PinDir> PinDir::make(const std::string& path) {
  auto root = lock_pin_root();
  if (!root) return root.take_error();
  if (::mkdir(path.c_str(), 0700) != 0) return sys_error("cannot make " + path);
  return locked(path);
}

Result<PinDir> PinDir::open(const std::string& path) { return locked(path); }

Result<void> PinDir::pin(int fd, const std::string& name) const {
  if (const auto cut = name.rfind('/'); cut != std::string::npos) {
    if (auto made = make_directory(path_ + "/" + name.substr(0, cut)); !made)
      return made.take_error();
  }
  const std::string path = path_ + "/" + name;
  if (::bpf_obj_pin(fd, path.c_str()) != 0) return sys_error("cannot pin " + path);
  return {};
}

Result<UniqueFd> PinDir::get(const std::string& name) const {
  const std::string path = path_ + "/" + name;
  UniqueFd fd(::bpf_obj_get(path.c_str()));
  if (!fd.valid()) return sys_error("cannot open pin " + path);
  return fd;
}

Result<void> PinDir::unpin(const std::string& name) const {
  const std::string path = path_ + "/" + name;
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return sys_error("cannot remove pin " + path);
  return {};
}

std::vector<std::string> PinDir::list(const std::string& folder) const {
  const UniqueFd fd(::openat(fd_.get(), folder.c_str(), kOpenDirectory));
  if (!fd.valid()) return {};
  return names_in(fd.get());
}

Result<void> PinDir::rename(const std::string& path) {
  if (::rename(path_.c_str(), path.c_str()) != 0)
    return sys_error("cannot rename " + path_ + " to " + path);
  path_ = path;
  return {};
}

Result<void> PinDir::remove() {
  if (const int error = remove_below(fd_.get()))
    return sys_error("cannot remove pins in " + path_, error);
  if (::rmdir(path_.c_str()) != 0 && errno != ENOENT) return sys_error("cannot remove " + path_);
  return {};
}

}  // namespace gatehouse::kernel
