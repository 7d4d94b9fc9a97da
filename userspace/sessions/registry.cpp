// SPDX-License-Identifier: Apache-2.0
// Files named by serial in one directory, and the counter beside it.
// It must never overwrite in place.
#include "sessions/registry.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "base/unique_fd.h"
#include "kernel/file.h"

namespace gatehouse::sessions {
namespace {

Result<void> make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return sys_error("cannot make " + path);
}

Result<void> write_all(int fd, const std::string& content, const std::string& path) {
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t n = ::write(fd, content.data() + done, content.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return sys_error("cannot write " + path);
    done += static_cast<std::size_t>(n);
  }
  return {};
}

// "17.json" → 17
std::uint64_t serial_of(const std::string& name) {
  std::uint64_t serial = 0;
  const auto end = std::from_chars(name.data(), name.data() + name.size(), serial);
  return end.ec == std::errc() && std::string_view(end.ptr) == ".json" ? serial : 0;
}

std::vector<std::uint64_t> serials_in(const std::string& directory) {
  std::vector<std::uint64_t> serials;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(directory.c_str()), ::closedir);
  while (dir) {
    const dirent* entry = ::readdir(dir.get());
    if (entry == nullptr) break;
    if (const auto serial = serial_of(entry->d_name)) serials.push_back(serial);
  }
  std::sort(serials.begin(), serials.end());
  return serials;
}

}  // namespace

Result<void> write_atomically(const std::string& path, const std::string& content) {
  const std::string directory = path.substr(0, path.rfind('/') + 1);
  std::string beside = path + ".XXXXXX";
  const UniqueFd fd(::mkostemp(beside.data(), O_CLOEXEC));
  if (!fd.valid()) return sys_error("cannot make " + beside);
  auto written = write_all(fd.get(), content, beside);
  if (written && ::fsync(fd.get()) != 0) written = sys_error("cannot sync " + beside);
  if (written && ::rename(beside.c_str(), path.c_str()) != 0)
    written = sys_error("cannot rename " + beside + " to " + path);
  if (!written) {
    ::unlink(beside.c_str());
    return written;
  }
  const UniqueFd folder(
      ::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid() || ::fsync(folder.get()) != 0) return sys_error("cannot sync " + directory);
  return {};
}

Result<Registry> Registry::open(const std::string& state) {
  if (auto made = make_directory(state); !made) return made.take_error();
  if (auto made = make_directory(state + "/sessions"); !made) return made.take_error();
  Registry registry;
  registry.state_ = state;
  return registry;
}

std::string Registry::file_of(std::uint64_t serial) const {
  return state_ + "/sessions/" + std::to_string(serial) + ".json";
}

Result<std::uint64_t> Registry::next_serial() const {
  const std::string path = state_ + "/serial";
  const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return sys_error("cannot open " + path);
  while (::flock(fd.get(), LOCK_EX) != 0)
    if (errno != EINTR) return sys_error("cannot lock " + path);
  char text[32] = {};
  if (::pread(fd.get(), text, sizeof text - 1, 0) < 0) return sys_error("cannot read " + path);
  std::uint64_t last = 0;
  std::from_chars(text, text + sizeof text - 1, last);
  // Should the counter be lost while records are there: go on after them.
  const auto known = serials_in(state_ + "/sessions");
  const std::uint64_t next = std::max(last, known.empty() ? 0 : known.back()) + 1;
  const std::string content = std::to_string(next) + "\n";
  // Never shorter than before, so that no crash leaves a mixture that is smaller.
  if (::pwrite(fd.get(), content.data(), content.size(), 0) != static_cast<ssize_t>(content.size()))
    return sys_error("cannot write " + path);
  return next;
}

Result<void> Registry::save(const Session& session) const {
  return write_atomically(file_of(session.serial), to_json(session));
}

Result<void> Registry::remove(std::uint64_t serial) const {
  for (const std::string& path : {grants_of(serial), file_of(serial)})
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return sys_error("cannot remove " + path);
  return {};
}

std::string Registry::grants_of(std::uint64_t serial) const {
  return state_ + "/sessions/" + std::to_string(serial) + ".grants";
}

Result<void> Registry::save_grants(std::uint64_t serial, const std::string& record) const {
  return write_atomically(grants_of(serial), record);
}

Result<std::string> Registry::load_grants(std::uint64_t serial) const {
  auto record = kernel::read_file(grants_of(serial));
  if (!record && record.error().code == ENOENT) return std::string();
  return record;
}

Result<Registry::Loaded> Registry::load() const {
  auto boot = boot_id();
  if (!boot) return boot.take_error();
  Loaded loaded;
  for (const std::uint64_t serial : serials_in(state_ + "/sessions")) {
    auto text = kernel::read_file(file_of(serial));
    if (!text && text.error().code == ENOENT) continue;  // it has ended meanwhile
    auto session = text ? from_json(*text) : Result<Session>(text.take_error());
    if (!session || session->serial != serial) {
      loaded.unreadable.push_back(file_of(serial));
    } else if (session->boot != *boot) {
      if (auto removed = remove(serial); !removed) return removed.take_error();
    } else {
      loaded.sessions.push_back(std::move(*session));
    }
  }
  return loaded;
}

}  // namespace gatehouse::sessions
