// SPDX-License-Identifier: Apache-2.0
// The table behind processes.h. /proc rounds start times to a tick: it must never be believed for a
// process whose start differs by more than that.
#include "events/processes.h"

#include <algorithm>

namespace gatehouse::events {
namespace {

constexpr std::uint64_t kTick = 10'000'000;  // USER_HZ is 100 on every architecture that we know

bool same_start(std::uint64_t a, std::uint64_t b) {
  if (a == 0 || b == 0 || a == b) return true;
  return a / kTick == b / kTick && (a % kTick == 0 || b % kTick == 0);
}

}  // namespace

Processes::Entry* Processes::find(std::uint32_t pid, std::uint64_t start) {
  const auto live = live_.find(pid);
  if (live != live_.end() && same_start(live->second.program.start, start)) return &live->second;
  const auto gone = std::find_if(gone_.rbegin(), gone_.rend(), [&](const Entry& entry) {
    return entry.program.pid == pid && same_start(entry.program.start, start);
  });
  return gone != gone_.rend() ? &*gone : nullptr;
}

Processes::Entry* Processes::find_or_read(std::uint32_t pid, std::uint64_t start) {
  if (Entry* known = find(pid, start)) return known;
  auto read = source_.read(pid);
  if (!read || !same_start(read->start, start)) return nullptr;
  Entry entry;
  entry.program = std::move(*read);
  if (auto claimed = source_.claims(pid)) entry.program.claimed = std::move(*claimed);
  if (start != 0) entry.program.start = start;
  return put(std::move(entry));
}

Processes::Entry* Processes::put(Entry entry) {
  const std::uint32_t pid = entry.program.pid;
  if (!live_.contains(pid) && live_.size() >= most_live_) live_.erase(live_.begin());
  return &(live_[pid] = std::move(entry));
}

void Processes::retire(std::uint32_t pid, std::uint64_t start) {
  const auto live = live_.find(pid);
  if (live == live_.end() || !same_start(live->second.program.start, start)) return;
  live->second.gone = true;
  gone_.push_back(std::move(live->second));
  live_.erase(live);
  if (gone_.size() > kMostGone) gone_.pop_front();
}

void Processes::learn(const Event& event) {
  const Process& who = event.process;
  if (const auto* fork = std::get_if<Fork>(&event.body)) {
    if (fork->child == who.pid) return;  // a thread
    Entry child;
    if (Entry* const parent = find_or_read(who.pid, who.start)) {
      parent->session = event.session.serial;
      parent->seen = who;
      child.program = parent->program;
    }
    child.session = event.session.serial;
    const AgentKey agent{event.session.serial, who.pid, who.start};
    if (auto called = calls_.of_child(agent, event.time); !called.empty())
      child.program.called = std::move(called);
    child.program.pid = fork->child;
    child.program.start = fork->child_start;
    child.program.ppid = who.pid;
    child.parent_start = who.start;
    put(std::move(child));
  } else if (const auto* exec = std::get_if<Exec>(&event.body)) {
    Entry* known = find(who.pid, who.start);
    if (!known || known->gone) {
      Entry entry;
      entry.program.pid = who.pid;
      entry.program.ppid = who.ppid;
      known = put(std::move(entry));
    }
    known->program.exe = exec->program.text;
    known->program.argv = exec->argv;
    known->program.start = who.start;
    // It may be gone, or another program already: then what its parent claimed stands. A claim is no more.
    if (auto claimed = source_.claims(who.pid)) known->program.claimed = std::move(*claimed);
  } else if (std::holds_alternative<Exit>(event.body)) {
    retire(who.pid, who.start);
  }
}

void Processes::fill(Event& event) {
  if (event.process.pid == 0) return;
  if (Entry* known = find_or_read(event.process.pid, event.process.start)) {
    if (known->program.exe.empty() && !known->gone) {
      if (auto fresh = source_.read(event.process.pid);
          fresh && same_start(fresh->start, event.process.start)) {
        known->program.exe = std::move(fresh->exe);
      }
    }
    if (event.process.exe.empty()) event.process.exe = known->program.exe;
    auto& claimed = event.process.claimed;
    claimed = known->program.claimed;
    claimed.insert(claimed.end(), known->program.called.begin(), known->program.called.end());
  }
}

std::optional<Processes::Above> Processes::above(std::uint32_t pid, std::uint64_t generations,
                                                 std::uint64_t session) {
  Above found;
  const Entry* entry = find(pid, 0);
  for (; generations != 0 && entry != nullptr && entry->session == session; --generations) {
    found.child = entry->program.pid;
    found.child_start = entry->program.start;
    entry = find(entry->program.ppid, entry->parent_start);
  }
  if (entry == nullptr || entry->gone || entry->session != session) return std::nullopt;
  found.process = entry->seen;
  found.process.tid = entry->seen.pid;
  found.process.exe = entry->program.exe;
  found.process.claimed = entry->program.claimed;
  return found;
}

std::vector<Program> Processes::chain(const Process& process) {
  std::vector<Program> links;
  std::uint32_t pid = process.pid;
  std::uint64_t start = process.start;
  std::uint32_t known_parent = process.ppid;
  while (pid != 0 && links.size() < kMostLinks) {
    const Entry* entry = find_or_read(pid, start);
    Program link;
    if (entry) {
      link = entry->program;
    } else {
      link.pid = pid;
      link.start = start;
      link.ppid = known_parent;
    }
    const std::uint64_t parent_start = entry ? entry->parent_start : 0;
    const bool again = std::any_of(links.begin(), links.end(),
                                   [&](const Program& seen) { return seen.pid == link.pid; });
    if (again) break;  // a pid that was reused: the rest is not ours
    // The directory changes without an event: ask again, while the asker is paused.
    if (!entry || !entry->gone) {
      if (auto fresh = source_.read(pid); fresh && same_start(fresh->start, link.start)) {
        link.cwd = std::move(fresh->cwd);
        if (link.argv.empty()) link.argv = std::move(fresh->argv);
        if (link.exe.empty()) link.exe = std::move(fresh->exe);
      }
    }
    pid = link.ppid;
    start = parent_start;
    known_parent = 0;
    links.push_back(std::move(link));
  }
  return links;
}

}  // namespace gatehouse::events
