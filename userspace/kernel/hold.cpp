// SPDX-License-Identifier: Apache-2.0
// Leaves: made, filled with one thread, frozen; thawed, emptied into the cgroup above, removed.
// It must never freeze a cgroup that it did not make.
#include "kernel/hold.h"

#include <fmt/format.h>
#include <signal.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

#include "kernel/file.h"
#include "kernel/process.h"

namespace gatehouse::kernel {
namespace {

constexpr std::string_view kLeaf = "gatehouse-hold-";
constexpr std::size_t kMost = 256;       // at once: each is a cgroup
constexpr Milliseconds kStandstill{50};  // after which we no longer wait to see it stand still

pid_t number(std::uint32_t id) { return static_cast<pid_t>(id); }

bool is_threaded(const Cgroup& cgroup) {
  const auto type = read_file_at(cgroup.fd(), "cgroup.type");
  return type && type->starts_with("threaded");
}

// Threads of a threaded one, else processes.
const char* members_file(const Cgroup& leaf) {
  return is_threaded(leaf) ? "cgroup.threads" : "cgroup.procs";
}

// Once round: everybody in the leaf runs, and is moved to the cgroup above; then it goes. EBUSY: somebody was
// started in it meanwhile.
Result<void> empty(const Cgroup& leaf) {
  if (auto thawed = leaf.thaw(); !thawed) return thawed;
  const std::string file = members_file(leaf);
  auto members = read_file_at(leaf.fd(), file);
  if (!members) return members.take_error();
  std::istringstream lines(*members);
  for (std::string line; std::getline(lines, line);) {
    auto moved = write_file_at(leaf.fd(), "../" + file, line);
    if (!moved && moved.error().code != ESRCH) return moved;
  }
  return leaf.remove(Milliseconds(0));
}

bool is_gone(const Error& error) { return error.code == ENOENT || error.code == ENODEV; }

// False: not yet.
bool take_away(const Cgroup& leaf) {
  constexpr int kRounds = 20;
  for (int round = 0; round < kRounds; round++) {
    auto emptied = empty(leaf);
    if (emptied || is_gone(emptied.error())) return true;
    if (emptied.error().code == EBUSY) continue;
    spdlog::warn("{}", emptied.take_error().because("taking away " + leaf.path()).what);
    return false;
  }
  return false;
}

Result<void> fill(const Cgroup& leaf, std::uint32_t pid, std::uint32_t tid, std::uint64_t start,
                  bool threaded) {
  if (threaded) (void)write_file_at(leaf.fd(), "cgroup.type", "threaded");
  if (auto frozen = write_file_at(leaf.fd(), "cgroup.freeze", "1"); !frozen) return frozen;
  const bool alone = is_threaded(leaf);
  auto moved = write_file_at(leaf.fd(), alone ? "cgroup.threads" : "cgroup.procs",
                             std::to_string(alone ? tid : pid));
  if (!moved) return moved.take_error().because(fmt::format("moving thread {}", tid));
  auto ticks = start_ticks(number(pid), number(tid));
  if (!ticks) return ticks.take_error();
  if (!same_start(start, *ticks)) return Error{ESRCH, "the thread is another one now"};
  return {};
}

}  // namespace

bool is_hold(std::string_view path) {
  const auto name = path.substr(path.rfind('/') + 1);
  return name.starts_with(kLeaf);
}

bool heeds_signal(std::string_view status, bool stopped) {
  const auto set = [&](std::string_view key) -> std::uint64_t {
    const auto at = status.find(fmt::format("\n{}:\t", key));
    if (at == std::string_view::npos) return 0;
    return std::strtoull(std::string(status.substr(at + key.size() + 3, 16)).c_str(), nullptr, 16);
  };
  const auto bit = [](int signal) { return 1ull << (signal - 1); };
  // Meant to end or stop a program, or to be told of that, even if it handles them.
  std::uint64_t meant = bit(SIGHUP) | bit(SIGINT) | bit(SIGQUIT) | bit(SIGTERM);
  const std::uint64_t stops = bit(SIGTSTP) | bit(SIGTTIN) | bit(SIGTTOU);
  if (!stopped) meant |= stops;
  // The rest ends it unless it handles them, or they are nothing by default.
  const std::uint64_t harmless =
      stops | bit(SIGCHLD) | bit(SIGCONT) | bit(SIGURG) | bit(SIGWINCH) | bit(SIGSTOP);
  const std::uint64_t pending = (set("SigPnd") | set("ShdPnd")) & ~set("SigBlk") & ~set("SigIgn");
  return (pending & (meant | (~set("SigCgt") & ~harmless))) != 0;
}

Result<void> Holds::freeze(std::uint32_t pid, std::uint32_t tid, std::uint64_t start,
                           const Cgroup& session, bool threaded) {
  if (has(tid, start)) return {};
  if (holds_.size() >= kMost) return Error{ENOSPC, "too many threads are frozen already"};
  auto home = cgroup_of(number(tid));
  if (!home) return home.take_error();
  if (*home != session.below() && !home->starts_with(session.below() + "/"))
    return Error{ENOENT, fmt::format("thread {} is in {}", tid, *home)};
  if (is_hold(*home)) return Error{EBUSY, fmt::format("thread {} is held with another", tid)};
  const std::string mount =
      session.path().substr(0, session.path().size() - session.below().size());
  auto leaf = Cgroup::make(mount, fmt::format("{}{}/{}{}-{}", mount, *home, kLeaf, tid, ++count_));
  if (!leaf) return leaf.take_error();
  if (auto filled = fill(*leaf, pid, tid, start, threaded); !filled) {
    let_out(std::move(*leaf));
    return filled;
  }
  if (const auto old = holds_.find(tid); old != holds_.end()) let_out(std::move(old->second.leaf));
  Hold& hold = holds_[tid];
  hold = {start, std::move(*leaf)};
  auto still = hold.leaf.wait_frozen(kStandstill);
  if (!still) return still.take_error();
  return {};
}

void Holds::let_out(Cgroup leaf) {
  if (!take_away(leaf)) left_.push_back(std::move(leaf));
}

bool Holds::release(std::uint32_t tid, std::uint64_t start) {
  if (!has(tid, start)) return false;
  auto hold = holds_.extract(tid);
  let_out(std::move(hold.mapped().leaf));
  return true;
}

bool Holds::has(std::uint32_t tid, std::uint64_t start) const {
  const auto hold = holds_.find(tid);
  return hold != holds_.end() && hold->second.start == start;
}

bool Holds::is_frozen(std::uint32_t tid) const {
  const auto hold = holds_.find(tid);
  if (hold == holds_.end()) return false;
  const auto still = hold->second.leaf.wait_frozen(Milliseconds(0));
  return still && *still;
}

void Holds::tidy() {
  for (auto hold = holds_.begin(); hold != holds_.end();) {
    const auto populated = hold->second.leaf.populated();
    const bool gone = populated ? !*populated : is_gone(populated.error());
    auto next = std::next(hold);
    if (gone) let_out(std::move(holds_.extract(hold).mapped().leaf));
    hold = next;
  }
  std::erase_if(left_, take_away);
}

Result<unsigned> thaw_holds(const Cgroup& above) {
  unsigned thawed = 0;
  std::optional<Error> failure;  // of one: the others are thawed all the same
  const std::string mount = above.path().substr(0, above.path().size() - above.below().size());
  for (const std::string& name : above.children()) {
    const std::string path = above.path() + "/" + name;
    auto child = Cgroup::open(mount, path);
    if (!child) {
      if (!is_gone(child.error())) failure = child.take_error();
    } else if (is_hold(path)) {
      if (take_away(*child))
        thawed++;
      else
        failure = Error{EBUSY, path + " cannot be taken away"};
    } else if (auto more = thaw_holds(*child)) {
      thawed += *more;
    } else {
      failure = more.take_error();
    }
  }
  if (failure) return std::move(*failure);
  return thawed;
}

}  // namespace gatehouse::kernel
