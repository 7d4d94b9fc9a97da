// SPDX-License-Identifier: Apache-2.0
// Who has allowed an ask so far, where more than one must. The same person must never count twice, and
// what all allowed is no more than each of them did.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "events/event.h"

namespace gatehouse::reviewers {

struct Vote {
  events::Approver by;
  int scope = GH_SCOPE_ONCE;
  std::uint64_t for_ms = 0;  // 0: as long as the scope
  std::string message;
};

class Votes {
 public:
  enum class Outcome : std::uint8_t { enough, more, again };

  // An allow, of which `approvers` are wanted. `enough`: `vote` becomes what all of them allowed.
  // `again`: this approver has allowed already; nothing changed.
  Outcome cast(std::uint64_t ask, unsigned approvers, Vote& vote);
  [[nodiscard]] std::vector<events::Approver> of(std::uint64_t ask) const;
  // That vote was no use: its approver may try again.
  void withdraw(std::uint64_t ask, const events::Approver& by);
  void forget(std::uint64_t ask) { votes_.erase(ask); }

 private:
  std::map<std::uint64_t, std::vector<Vote>> votes_;
};

// People are told apart by uid, programs by their kind and name.
bool same_approver(const events::Approver& a, const events::Approver& b);

}  // namespace gatehouse::reviewers
