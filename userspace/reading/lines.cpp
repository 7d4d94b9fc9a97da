// SPDX-License-Identifier: Apache-2.0
// A buffer that slides over the bytes. It must never take the rest of a line that is too long for a line of
// its own.
#include "reading/lines.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "audit/segments.h"
#include "base/quote.h"
#include "base/unique_fd.h"
#include "reading/event_json.h"

namespace gatehouse::reading {
namespace {

constexpr std::size_t kChunk = 256u << 10;

class Splitter {
 public:
  Splitter(std::string file, Tally& tally, const EventTaker& take)
      : file_(std::move(file)), tally_(tally), take_(take) {}

  // False: no more is wanted.
  bool feed(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto end = bytes.find('\n');
      if (end == std::string_view::npos) return hold(bytes), true;
      const bool whole = held_.empty() && !skipping_;
      if (!whole) hold(bytes.substr(0, end));
      if (!line(whole ? bytes.substr(0, end) : std::string_view(held_))) return false;
      bytes.remove_prefix(end + 1);
    }
    return true;
  }
  // What has no newline yet: a writer was cut off, or is at it.
  void finish() {
    if (!held_.empty() || skipping_) (void)line(held_);
  }

 private:
  void hold(std::string_view bytes) {
    if (held_.size() + bytes.size() > kLongestLine) skipping_ = true;
    if (skipping_)
      held_.clear();
    else
      held_ += bytes;
  }
  bool line(std::string_view text) {
    ++number_;
    const std::string place = file_ + ":" + std::to_string(number_);
    bool more = true;
    if (skipping_ || text.size() > kLongestLine) {
      ++tally_.lines;
      if (tally_.unread++ == 0) tally_.first_unread = place + ": longer than 16 MiB";
    } else {
      more = read_line(text, place, tally_, take_);
    }
    held_.clear();
    skipping_ = false;
    return more;
  }

  std::string file_;
  Tally& tally_;
  const EventTaker& take_;
  std::string held_;
  bool skipping_ = false;
  std::uint64_t number_ = 0;
};

// False: no more is wanted.
Result<bool> read_all(int fd, const std::string& name, Tally& tally, const EventTaker& take) {
  Splitter splitter(name, tally, take);
  std::string chunk(kChunk, '\0');
  for (;;) {
    const ssize_t got = ::read(fd, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return sys_error("cannot read " + quote(name, 200));
    if (got == 0) break;
    if (!splitter.feed(std::string_view(chunk).substr(0, static_cast<std::size_t>(got))))
      return false;
  }
  splitter.finish();
  return true;
}

Result<bool> read_file(const std::string& path, Tally& tally, const EventTaker& take) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return sys_error("cannot open " + quote(path, 200));
  return read_all(fd.get(), path, tally, take);
}

}  // namespace

std::string Tally::complaint() const {
  std::string said;
  const auto add = [&](const std::string& text) { said += (said.empty() ? "" : "; ") + text; };
  if (unread != 0)
    add(std::to_string(unread) + " of " + std::to_string(lines) +
        " lines could not be read, the first: " + visible(first_unread));
  if (unknown != 0)
    add(std::to_string(unknown) + " events are of types that this version does not know");
  if (!gone.empty())
    add(std::to_string(gone.size()) +
        " segments were removed while they were read, the first: " + visible(gone.front()));
  return said;
}

bool read_line(std::string_view line, const std::string& place, Tally& tally,
               const EventTaker& take) {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return true;
  ++tally.lines;
  const Json json = Json::parse(line, nullptr, false);
  const auto type = json.is_object() ? json.find("type") : json.end();
  if (!json.is_object() || type == json.end() || !type->is_string()) {
    if (tally.unread++ == 0)
      tally.first_unread = place + (json.is_discarded() ? ": not JSON" : ": no event");
    return true;
  }
  if (type->get_ref<const std::string&>() == "checkpoint") return true;
  const auto event = event_from_json(json);
  if (!event) ++tally.unknown;
  return take(event, line);
}

Result<Tally> each_event(const std::string& where, const EventTaker& take) {
  Tally tally;
  if (where == "-") {
    auto done = read_all(STDIN_FILENO, "standard input", tally, take);
    if (!done) return done.take_error();
    return tally;
  }
  struct stat status = {};
  if (::stat(where.c_str(), &status) != 0) return sys_error("cannot open " + quote(where, 200));
  if (!S_ISDIR(status.st_mode)) {
    auto done = read_file(where, tally, take);
    if (!done) return done.take_error();
    return tally;
  }
  const auto segments = audit::segments_in(where);
  if (!segments) return segments.error();
  if (segments->empty())
    return Error{0, "no segments (00000000000000000001.jsonl, …) are in " + quote(where, 200)};
  for (const auto& segment : *segments) {
    auto more = read_file(segment.path, tally, take);
    if (!more && more.error().code == ENOENT) {
      tally.gone.push_back(segment.path);
      continue;
    }
    if (!more) return more.take_error();
    if (!*more) break;
  }
  return tally;
}

}  // namespace gatehouse::reading
