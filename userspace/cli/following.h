// SPDX-License-Identifier: Apache-2.0
// One stream made of those of every controller on this host. It must never reorder what one controller
// sent, nor stop because another one went.
#pragma once

#include <functional>

#include "cli/controllers.h"

namespace gatehouse::cli {

// All recent events that a controller keeps.
inline constexpr std::uint64_t kWholeBacklog = 4096;

struct Following {
  control::Operation operation;
  // For controllers that come up later: nothing of theirs is old.
  control::Operation later;
  bool joins = false;  // take those in
  // An item of the controller that listens there. False: no more is wanted.
  std::function<bool(const control::Reply&, const std::string& socket)> item;
  // If there is one: a controller's stream has ended.
  std::function<void(const std::string& socket)> gone;
  // If there is one: before each wait. For how many ms at most it may take, unless something comes on one of
  // `also`; nothing: no more is wanted.
  std::function<std::optional<int>()> round;
  std::vector<int> also;
};

// Until every stream has ended or `item` returns false. Complains and sets the status when there is no
// controller (125), or every one refuses (1).
void follow(Shared& shared, const Following& following);

}  // namespace gatehouse::cli
