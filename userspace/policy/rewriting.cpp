// SPDX-License-Identifier: Apache-2.0
// A file beside the old one that takes its name. It must never be left there when it did not.
#include "policy/rewriting.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <utility>

#include "base/quote.h"
#include "policy/load.h"

namespace gatehouse::policy {
namespace {

constexpr const char* kAccessList = "system.posix_acl_access";

Result<void> write_all(int fd, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t put = ::write(fd, text.data() + at, text.size() - at);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return sys_error("cannot write it");
    at += static_cast<std::size_t>(put);
  }
  if (::fsync(fd) != 0) return sys_error("cannot write it to the disk");
  return {};
}

// The new file is for the same people.
Result<void> like(int old_fd, const struct stat& old, int fd) {
  struct stat now {};
  if (::fstat(fd, &now) != 0) return sys_error("cannot look at the new file");
  if ((now.st_uid != old.st_uid || now.st_gid != old.st_gid) &&
      ::fchown(fd, old.st_uid, old.st_gid) != 0)
    return sys_error("cannot keep its owner");
  if (::fchmod(fd, old.st_mode & 07777) != 0) return sys_error("cannot keep its mode");
  char list[4096];
  const ssize_t size = ::fgetxattr(old_fd, kAccessList, list, sizeof list);
  if (size < 0 && errno != ENODATA && errno != EOPNOTSUPP)
    return sys_error("cannot read its access list");
  if (size > 0 && ::fsetxattr(fd, kAccessList, list, static_cast<std::size_t>(size), 0) != 0)
    return sys_error("cannot keep its access list");
  return {};
}

}  // namespace

Result<Rewriting> Rewriting::begin(const std::string& file) {
  Rewriting out;
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(file.c_str(), nullptr),
                                                         &std::free);
  if (!real) return sys_error("cannot read " + visible(file));
  out.path_ = real.get();
  auto source = read_source(out.path_);
  if (!source) return source.take_error();
  out.text_ = std::move(source->text);
  out.held_ = UniqueFd(::open(out.path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!out.held_.valid() || ::fstat(out.held_.get(), &out.status_) != 0)
    return sys_error("cannot read " + visible(file));
  if (::flock(out.held_.get(), LOCK_EX | LOCK_NB) != 0)
    return Error{errno, visible(file) + " is being changed by another gatehouse"};
  if (out.status_.st_nlink != 1)
    return Error{EMLINK, visible(file) + " has other names, which would keep the old text"};
  return out;
}

Rewriting::Rewriting(Rewriting&& other) noexcept
    : path_(std::move(other.path_)),
      text_(std::move(other.text_)),
      beside_(std::exchange(other.beside_, {})),
      held_(std::move(other.held_)),
      status_(other.status_) {}

Rewriting::~Rewriting() {
  if (!beside_.empty()) ::unlink(beside_.c_str());
}

Result<void> Rewriting::unchanged() const {
  struct stat now {};
  const bool same = ::stat(path_.c_str(), &now) == 0 && now.st_dev == status_.st_dev &&
                    now.st_ino == status_.st_ino;
  const auto source = read_source(path_);
  if (same && source && source->text == text_) return {};
  return Error{EBUSY, visible(path_) + " was changed meanwhile, and is left as it is"};
}

Result<void> Rewriting::prepare(const std::string& text) {
  const std::filesystem::path path(path_);
  std::string name =
      (path.parent_path() / ("." + path.filename().string() + ".gatehouse-XXXXXX")).string();
  const UniqueFd fd(::mkostemp(name.data(), O_CLOEXEC));
  if (!fd.valid()) return sys_error("cannot write beside " + visible(path_));
  beside_ = name;
  const std::string doing = "rewriting " + visible(path_);
  if (auto same = like(held_.get(), status_, fd.get()); !same)
    return same.take_error().because(doing);
  if (auto written = write_all(fd.get(), text); !written)
    return written.take_error().because(doing);
  return {};
}

Result<void> Rewriting::commit() {
  if (auto same = unchanged(); !same) return same;
  if (::rename(beside_.c_str(), path_.c_str()) != 0)
    return sys_error("cannot rewrite " + visible(path_));
  beside_.clear();
  const UniqueFd folder(::open(std::filesystem::path(path_).parent_path().c_str(),
                               O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.valid())
    (void)::fsync(folder.get());  // the name is there; when it is on the disk is not ours
  return {};
}

}  // namespace gatehouse::policy
