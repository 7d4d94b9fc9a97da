// SPDX-License-Identifier: Apache-2.0
// How a controller takes up the log of the one before it. It must never judge that log, which is verify's
// business: a line that somebody changed is gone past, and stays.
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "audit/record.h"
#include "audit/store.h"
#include "events/time.h"

namespace gatehouse::audit {
namespace {

Result<UniqueFd> lock(const std::string& directory) {
  UniqueFd fd(::open((directory + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
  if (!fd.valid()) return sys_error("cannot open " + directory + "/lock");
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
    return sys_error("another controller writes the audit log in " + directory);
  return fd;
}

Result<void> publish_key(const std::string& directory, const PublicKey& key) {
  const auto path = directory + "/key.pub", text = key.text() + "\n";
  if (auto known = PublicKey::load(path); known && known->text() == key.text()) return {};
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd.valid() ||
      ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return sys_error("cannot write " + path);
  return {};
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const StoreOptions& options) {
  std::unique_ptr<Store> store(new Store(options));
  if (auto gone_on = store->go_on(); !gone_on)
    return Error{gone_on.error().code, "the audit log: " + gone_on.error().what};
  return store;
}

Result<void> Store::go_on() {
  const auto& directory = options_.directory;
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(directory).parent_path(), error);
  if (::mkdir(directory.c_str(), 0750) != 0 && errno != EEXIST)
    return sys_error("cannot make " + directory);
  auto locked = lock(directory);
  if (!locked) return locked.take_error();
  lock_ = std::move(*locked);
  auto key = SecretKey::load_or_make(options_.state + "/audit.key");
  if (!key) return key.take_error();
  key_ = *key;
  if (auto published = publish_key(directory, key_->public_half()); !published) return published;
  head_path_ = head_path(options_.state, directory);
  const auto head = read_head(head_path_, key_->public_half());
  if (!head && head.error().code != ENOENT) spdlog::warn("{}", head.error().what);

  auto all = segments_in(directory);
  if (!all) return all.take_error();
  while (!all->empty() && all->back().bytes == 0) {  // its maker ended before it wrote a line
    ::unlink(all->back().path.c_str());
    all->pop_back();
  }
  if (!all->empty()) {
    if (auto taken = take_up(all->back()); !taken) return taken;
  }
  compare_with_head(head);
  saved_ = now_;
  return file_.valid() ? Result<void>{} : open_segment();
}

Result<void> Store::take_up(const Segment& segment) {
  std::optional<Checkpoint> last;
  std::uint64_t after = 0, number = 0;  // lines
  std::uint64_t whole_bytes = 0;
  std::string newest;
  auto read = for_each_line(segment.path, [&](const std::string& line, bool whole) {
    if (!whole) return false;
    whole_bytes += line.size() + 1;
    number++;
    const auto sealed = unseal(line);
    const auto link = sealed ? link_of(sealed->chain) : std::nullopt;
    if (!link) return true;
    now_.record = std::max(now_.record, number_of(sealed->text));
    now_.link = *link;
    newest = line;
    if (sealed->signature.empty()) return true;
    if (auto checkpoint = checkpoint_of(line)) {
      if (opened_ == 0) opened_ = checkpoint->time;
      last = std::move(checkpoint);
      after = number;
      checked_ = now_.record;
    }
    return true;
  });
  if (!read) return read;
  if (const auto record = record_of(newest)) last_time_ = record->time;
  if (last) replay(segment, *last, after);
  now_.record = std::max(now_.record, segment.first);  // nothing of it could be read

  UniqueFd file(::open(segment.path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
  if (!file.valid()) return sys_error("cannot open " + segment.path);
  // Half a line: its writer was ended in the middle. Its event is missing, and the ledger says so.
  if (whole_bytes < segment.bytes && ::ftruncate(file.get(), static_cast<off_t>(whole_bytes)) != 0)
    return sys_error("cannot cut " + segment.path);
  file_ = std::move(file);
  size_ = whole_bytes;
  return {};
}

// What the kernel's numbers were after the last record, from the last checkpoint on.
void Store::replay(const Segment& segment, const Checkpoint& last, std::uint64_t after) {
  gate_ = last.gate;
  oldest_ = last.oldest;
  events::Ledger ledger(last.accounts, {});
  std::uint64_t number = 0;
  auto read = for_each_line(segment.path, [&](const std::string& line, bool whole) {
    if (!whole) return false;
    if (number++ < after) return true;
    const auto record = record_of(line);
    if (record && record->origin) ledger.seen(*record->origin);
    if (record && record->lost) ledger.told(*record->lost);
    return true;
  });
  if (!read) spdlog::warn("{}", read.error().what);
  accounts_ = ledger.accounts();
}

void Store::compare_with_head(const Result<Head>& head) {
  if (!head || head->record <= now_.record) return;
  oldest_ = head->checkpoint.oldest;
  last_time_ = std::max(last_time_, head->checkpoint.time);
  now_.cut_off = head->record - now_.record;
  if (now_.record != 0) return;
  // All of it is gone. Going on where it ended keeps the hole in sight.
  now_.record = head->record;
  now_.link = head->link;
}

std::optional<std::vector<events::Ledger::Account>> Store::accounts_of(
    const std::string& gate) const {
  if (gate_ != gate || gate.empty()) return std::nullopt;
  return accounts_;
}

}  // namespace gatehouse::audit
