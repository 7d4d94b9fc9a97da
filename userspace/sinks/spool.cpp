// SPDX-License-Identifier: Apache-2.0
// One file for each batch, behind spool.h: NUMBER-EVENTS.json. It must never leave a half-written file under
// a name that counts.
#include "sinks/spool.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <filesystem>

namespace gatehouse::sinks {
namespace {

constexpr int kMostFolders = 16;
constexpr const char* kUnfinished = "unfinished";

bool write_whole(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Result<Spool> Spool::open(const std::string& stem, std::uint64_t most_bytes) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(stem).parent_path(), error);
  if (error) return sys_error("cannot make the folder of " + stem, error.value());
  for (int i = 0; i < kMostFolders; i++) {
    const std::string folder = i == 0 ? stem : stem + "." + std::to_string(i);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
      return sys_error("cannot make " + folder);
    UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd.valid()) return sys_error("cannot open " + folder);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) continue;  // another process of ours
    Spool spool(folder, std::move(fd), most_bytes);
    spool.find_what_is_left();
    return spool;
  }
  return Error{EBUSY, "all folders of " + stem + " are in use"};
}

void Spool::find_what_is_left() {
  ::unlink((folder_ + "/" + kUnfinished).c_str());
  DIR* const dir = ::opendir(folder_.c_str());
  if (dir == nullptr) return;
  while (const dirent* const entry = ::readdir(dir)) {
    Batch batch;
    if (std::sscanf(entry->d_name, "%" SCNu64 "-%" SCNu64 ".json", &batch.number, &batch.events) !=
        2)
      continue;
    struct stat info {};
    if (name_of(batch) != folder_ + "/" + entry->d_name ||
        ::stat(name_of(batch).c_str(), &info) != 0)
      continue;
    batch.bytes = static_cast<std::uint64_t>(info.st_size);
    bytes_ += batch.bytes;
    batches_.push_back(batch);
  }
  ::closedir(dir);
  std::sort(batches_.begin(), batches_.end(),
            [](const Batch& a, const Batch& b) { return a.number < b.number; });
  if (!batches_.empty()) next_ = batches_.back().number + 1;
}

std::string Spool::name_of(const Batch& batch) const {
  char name[64];
  std::snprintf(name, sizeof name, "/%012" PRIu64 "-%" PRIu64 ".json", batch.number, batch.events);
  return folder_ + name;
}

Result<void> Spool::add(std::string_view text, std::uint64_t events) {
  if (text.size() > most_ - std::min(most_, bytes_))
    return Error{ENOSPC,
                 "the spool " + folder_ + " is full (" + std::to_string(most_ >> 20) + " MiB)"};
  const Batch batch{next_, events, text.size()};
  const std::string unfinished = folder_ + "/" + kUnfinished;
  UniqueFd fd(
      ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return sys_error("cannot write to the spool " + folder_);
  if (!write_whole(fd.get(), text) || ::rename(unfinished.c_str(), name_of(batch).c_str()) != 0) {
    auto error = sys_error("cannot write to the spool " + folder_);
    ::unlink(unfinished.c_str());
    return error;
  }
  next_++;
  bytes_ += batch.bytes;
  batches_.push_back(batch);
  return {};
}

Result<std::string> Spool::read() const {
  const std::string name = name_of(batches_.front());
  const UniqueFd fd(::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid()) return sys_error("cannot read " + name);
  std::string text(batches_.front().bytes, '\0');
  std::size_t got = 0;
  while (got < text.size()) {
    const ssize_t more = ::read(fd.get(), text.data() + got, text.size() - got);
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) break;
    got += static_cast<std::size_t>(more);
  }
  // A machine that lost its power may leave a file of zeros.
  if (got != text.size() || !text.starts_with('{') || !text.ends_with('}'))
    return Error{EIO, name + " is not as it was written"};
  return text;
}

void Spool::drop_oldest() {
  ::unlink(name_of(batches_.front()).c_str());
  bytes_ -= batches_.front().bytes;
  batches_.pop_front();
}

}  // namespace gatehouse::sinks
