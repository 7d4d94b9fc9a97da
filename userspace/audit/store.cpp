// SPDX-License-Identifier: Apache-2.0
// Batches, checkpoints, full disks and the end of a segment. It must never leave half a batch in a file: what
// did not fit is taken back whole, and so are its numbers.
#include "audit/store.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "events/time.h"
#include "sinks/jsonl.h"

namespace gatehouse::audit {
namespace {

constexpr std::size_t kBatch = 64 << 10;  // bytes

constexpr std::int64_t kLongest = 86'400'000'000'000;  // ns: a day

constexpr const char* kNoRoom = "there was no room where the audit log is kept";
constexpr const char* kCutOff =
    "the newest records were gone: the machine lost power, or somebody cut them off";

}  // namespace

Store::~Store() { put(); }

void Store::add(std::string object) {
  number(object, ++now_.record);
  now_.link = next_link(now_.link, object);
  seal(object, now_.link);
  batch_ += object;
  batch_ += '\n';
}

// Told first of all that comes after; taken back with its batch if that finds no room either.
void Store::tell_losses() {
  if (const auto count = std::exchange(now_.cut_off, 0); count != 0) {
    events::Event event;
    event.time = events::wall_now();
    event.body = events::EventsLost{"store", std::nullopt, count, kCutOff};
    add(sinks::jsonl(event));
  }
  for (const auto& [cpu, loss] : std::exchange(now_.untold, {})) {
    events::Event event;
    event.time = events::wall_now();
    event.body = events::EventsLost{
        "store", cpu, loss.count, kNoRoom,
        loss.among.past == 0 ? std::nullopt : std::optional<events::Range>(loss.among)};
    add(sinks::jsonl(event));
  }
}

void Store::write(const events::Event& event) {
  tell_losses();
  add(sinks::jsonl(event));
  batched_.push_back(event.origin);
  if (batch_.size() >= kBatch) put();
}

bool Store::write_all() {
  if (!file_.valid()) return false;
  for (std::size_t done = 0; done < batch_.size();) {
    const ssize_t sent = ::write(file_.get(), batch_.data() + done, batch_.size() - done);
    if (sent < 0 && errno == EINTR) continue;
    if (sent > 0) {
      done += static_cast<std::size_t>(sent);
      continue;
    }
    // A file that cannot even be cut is left for good: the next batch begins a new one.
    if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) file_.reset();
    return false;
  }
  size_ += batch_.size();
  return true;
}

void Store::put() {
  if (batch_.empty()) return;
  if (write_all()) {
    saved_ = now_;
  } else {
    give_up();
  }
  batch_.clear();
  batched_.clear();
}

void Store::give_up() {
  now_ = saved_;
  for (const auto& origin : batched_) {
    auto& loss = now_.untold[origin ? std::optional<std::uint32_t>(origin->cpu) : std::nullopt];
    loss.count++;
    if (origin)
      loss.among = {std::min(loss.among.first, origin->seq),
                    std::max(loss.among.past, origin->seq + 1)};
  }
  lost_ += batched_.size();
  saved_.untold = now_.untold;
}

std::string Store::sign(std::optional<Link> previous) {
  Checkpoint checkpoint;
  checkpoint.time = events::wall_now();
  checkpoint.gate = gate_;
  checkpoint.oldest = oldest_;
  checkpoint.previous = previous;
  checkpoint.accounts = accounts_;
  auto line = to_json(checkpoint);
  number(line, ++now_.record);
  now_.link = next_link(now_.link, line);
  seal(line, now_.link, key_->sign(now_.link));
  batch_ += line;
  batch_ += '\n';
  return line;
}

Result<void> Store::open_segment() {
  const auto path = options_.directory + "/" + segment_name(now_.record + 1);
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0640));
  if (!file.valid()) return sys_error("cannot make " + path);
  file_ = std::move(file);
  size_ = 0;
  opened_ = events::wall_now();
  const auto line = sign(now_.link);
  const bool written = write_all();
  const int why = errno;
  batch_.clear();
  if (!written) {
    now_ = saved_;
    file_.reset();
    ::unlink(path.c_str());
    return sys_error("cannot write " + path, why);
  }
  saved_ = now_;
  checked_ = now_.record;
  if (auto kept = write_head(head_path_, line); !kept) spdlog::warn("{}", kept.error().what);
  return {};
}

void Store::begin(const std::string& gate, const events::Ledger& ledger) {
  put();
  gate_ = gate;
  accounts_ = ledger.accounts();
  sign(std::nullopt);
  put();
  checked_ = now_.record;
}

bool Store::is_full() const {
  return size_ > options_.segment_bytes || events::wall_now() - opened_ > kLongest;
}

Store::Victims Store::too_old() const {
  auto all = segments_in(options_.directory);
  Victims victims;
  if (!all) return victims;
  std::uint64_t bytes = 0;
  for (const auto& segment : *all)
    bytes += segment.bytes;
  const auto now = events::wall_now() / 1'000'000'000;
  for (std::size_t i = 0; i + 1 < all->size(); i++) {  // never the one that is written
    const auto& segment = (*all)[i];
    struct stat info {};
    const bool aged =
        options_.keep_days != 0 && ::stat(segment.path.c_str(), &info) == 0 &&
        now - info.st_mtim.tv_sec > static_cast<std::int64_t>(options_.keep_days) * 86400;
    if (bytes <= options_.keep_bytes && !aged) break;
    bytes -= segment.bytes;
    victims.paths.push_back(segment.path);
    victims.next = (*all)[i + 1].first;
  }
  return victims;
}

void Store::checkpoint(const events::Ledger& ledger) {
  if (now_.record == checked_ && now_.untold.empty() && now_.cut_off == 0) return;
  put();
  tell_losses();
  accounts_ = ledger.accounts();
  if (!file_.valid()) {
    batch_.clear();
    now_ = saved_;
    if (auto opened = open_segment(); !opened) spdlog::error("{}", opened.error().what);
    return;
  }
  // Signed as given up before it is: who finds less than the newest checkpoint says has found a hole.
  const bool full = is_full();
  const auto victims = full ? too_old() : Victims{};
  if (victims.next != 0) oldest_ = victims.next;
  const auto line = sign(std::nullopt);
  const std::uint64_t record = now_.record;
  put();
  if (saved_.record != record) return;  // no room for it
  checked_ = record;
  if (auto kept = write_head(head_path_, line); !kept) spdlog::warn("{}", kept.error().what);
  for (const auto& path : victims.paths)
    if (::unlink(path.c_str()) != 0) spdlog::warn("{} cannot be removed", path);
  if (!full) return;
  file_.reset();
  if (auto opened = open_segment(); !opened) spdlog::error("{}", opened.error().what);
}

}  // namespace gatehouse::audit
