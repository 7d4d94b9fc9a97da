// SPDX-License-Identifier: Apache-2.0
// Counting behind votes.h. It must never count somebody whom the kernel cannot tell from another.
#include "reviewers/votes.h"

#include <algorithm>

namespace gatehouse::reviewers {
namespace {

// 0 is without a limit.
std::uint64_t shorter(std::uint64_t a, std::uint64_t b) {
  return a == 0 ? b : b == 0 ? a : std::min(a, b);
}

}  // namespace

bool same_approver(const events::Approver& a, const events::Approver& b) {
  if (a.kind != b.kind) return false;
  return a.kind == events::Approver::Kind::person ? a.uid == b.uid : a.name == b.name;
}

Votes::Outcome Votes::cast(std::uint64_t ask, unsigned approvers, Vote& vote) {
  auto& given = votes_[ask];
  for (const Vote& one : given)
    if (same_approver(one.by, vote.by)) return Outcome::again;
  given.push_back(vote);
  if (given.size() < approvers) return Outcome::more;
  for (const Vote& one : given) {
    vote.scope = std::min(vote.scope, one.scope);
    vote.for_ms = shorter(vote.for_ms, one.for_ms);
    if (vote.message.empty()) vote.message = one.message;
  }
  return Outcome::enough;
}

void Votes::withdraw(std::uint64_t ask, const events::Approver& by) {
  if (const auto found = votes_.find(ask); found != votes_.end())
    std::erase_if(found->second, [&](const Vote& one) { return same_approver(one.by, by); });
}

std::vector<events::Approver> Votes::of(std::uint64_t ask) const {
  std::vector<events::Approver> all;
  if (const auto found = votes_.find(ask); found != votes_.end())
    for (const Vote& one : found->second)
      all.push_back(one.by);
  return all;
}

}  // namespace gatehouse::reviewers
