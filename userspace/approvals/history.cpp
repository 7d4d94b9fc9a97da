// SPDX-License-Identifier: Apache-2.0
// A bounded list for each session behind history.h. It must never hold more than a person could use.
#include "approvals/history.h"

#include <utility>

namespace gatehouse::approvals {

void History::keep(std::uint64_t session, Past past) {
  auto& all = sessions_[session];
  all.push_back(std::move(past));
  if (all.size() > kMost) all.pop_front();
}

std::vector<Past> History::like(std::uint64_t session, const events::Judged& ask) const {
  std::vector<Past> found;
  const auto all = sessions_.find(session);
  if (all == sessions_.end()) return found;
  for (const bool same : {true, false}) {
    for (auto past = all->second.rbegin(); past != all->second.rend(); ++past) {
      if (found.size() == kMostShown) return found;
      if (past->access != ask.access || (past->object == ask.object.text) != same) continue;
      if (same || (!past->rule.empty() && past->rule == ask.rule.id)) found.push_back(*past);
    }
  }
  return found;
}

void History::forget_session(std::uint64_t session) { sessions_.erase(session); }

}  // namespace gatehouse::approvals
