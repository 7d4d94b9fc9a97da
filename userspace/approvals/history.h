// SPDX-License-Identifier: Apache-2.0
// What was answered before in each session, so that who is asked again sees it. It must never answer
// anything: it only tells, and forgets the oldest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "events/event.h"

namespace gatehouse::approvals {

struct Past {
  gh_access access = GH_READ;
  std::string object;  // bytes
  std::string rule;
  gh_verdict verdict = GH_DENY;
  int scope = GH_SCOPE_ONCE;
  bool expired = false;  // nobody answered: the policy did
  events::Approver by;
  std::uint64_t at = 0;  // CLOCK_MONOTONIC, ns
};

class History {
 public:
  static constexpr std::size_t kMost = 256;     // kept for each session
  static constexpr std::size_t kMostShown = 3;  // given to one who asks

  void keep(std::uint64_t session, Past past);
  // Of the same access, and for the same object or by the same rule. Those for the same object first, then
  // the newest.
  [[nodiscard]] std::vector<Past> like(std::uint64_t session, const events::Judged& ask) const;
  void forget_session(std::uint64_t session);

 private:
  std::map<std::uint64_t, std::deque<Past>> sessions_;  // newest last
};

}  // namespace gatehouse::approvals
