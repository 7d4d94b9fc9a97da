// SPDX-License-Identifier: Apache-2.0
// Members by pid and start. It must never rely on a fork being told before what the child did: lines of two
// CPUs may come out of order, and then the parent's pid tells.
#include "reading/family.h"

namespace gatehouse::reading {

void Family::add(std::uint32_t pid, std::uint64_t start) {
  if (pid == 0) return;
  members_.emplace(pid, start);
  living_[pid] = start;
}

// An exit may come before other lines of the same process, so it stays a member for a while.
void Family::retire(const Key& key) {
  if (const auto found = living_.find(key.first);
      found != living_.end() && found->second == key.second)
    living_.erase(found);
  gone_.push_back(key);
  if (gone_.size() <= kMostGone) return;
  members_.erase(gone_.front());
  gone_.pop_front();
}

bool Family::has(const events::Process& process) const {
  return process.pid == root_ || members_.contains({process.pid, process.start}) ||
         members_.contains({process.pid, 0});
}

bool Family::takes(const events::Event& event) {
  const auto& process = event.process;
  if (process.pid == 0) return false;
  if (!tree_) return process.pid == root_;
  bool ours = has(process);
  if (!ours && (process.ppid == root_ || living_.contains(process.ppid))) {
    add(process.pid, process.start);
    ours = true;
  }
  if (!ours) return false;
  if (process.pid == root_ && !living_.contains(root_)) add(root_, process.start);
  if (const auto* fork = std::get_if<events::Fork>(&event.body))
    add(fork->child, fork->child_start);
  if (std::holds_alternative<events::Exit>(event.body)) retire({process.pid, process.start});
  return true;
}

}  // namespace gatehouse::reading
