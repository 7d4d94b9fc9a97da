// SPDX-License-Identifier: Apache-2.0
// The ordered map behind remembered.h. When it is full it must never forget silently to the person's
// harm: whoever is not found here is only asked again.
#include "approvals/remembered.h"

#include <limits>

namespace gatehouse::approvals {

void Memory::keep(const Waiter& waiter, const Remembered& answer) {
  if (answer.scope == GH_SCOPE_ONCE) return;
  const bool process = answer.scope == GH_SCOPE_PROCESS;
  const Key key{waiter.session, process ? waiter.pid : 0, process ? waiter.process_start : 0,
                waiter.object};
  if (answers_.size() >= kMost && !answers_.contains(key)) answers_.erase(answers_.begin());
  answers_[key] = answer;
}

std::optional<Remembered> Memory::find(const Waiter& waiter, std::uint64_t now) {
  const Key keys[] = {{waiter.session, 0, 0, waiter.object},
                      {waiter.session, waiter.pid, waiter.process_start, waiter.object}};
  for (const Key& key : keys) {
    const auto found = answers_.find(key);
    if (found == answers_.end()) continue;
    if (found->second.expires == 0 || found->second.expires >= now) return found->second;
    answers_.erase(found);
  }
  return std::nullopt;
}

void Memory::forget_process(std::uint64_t session, std::uint32_t pid, std::uint64_t start) {
  if (pid == 0) return;
  const auto from = answers_.lower_bound({session, pid, start, {}});
  auto to = from;
  while (to != answers_.end() && std::get<0>(to->first) == session &&
         std::get<1>(to->first) == pid && std::get<2>(to->first) == start) {
    ++to;
  }
  answers_.erase(from, to);
}

void Memory::forget_session(std::uint64_t session) {
  const auto from = answers_.lower_bound({session, 0, 0, {}});
  const auto to = session == std::numeric_limits<std::uint64_t>::max()
                      ? answers_.end()
                      : answers_.lower_bound({session + 1, 0, 0, {}});
  answers_.erase(from, to);
}

}  // namespace gatehouse::approvals
