// SPDX-License-Identifier: Apache-2.0
// One stream made of those of every controller on this host. It must never reorder what one controller
// sent, nor stop because another one went.
#pragma once

#include <functional>

#include "cli/controllers.h"

namespace gatehouse::cli {

struct Following {
  control::Operation operation;
  // For controllers that come up later: nothing of theirs is old.
  control::Operation later;
  bool joins = false;  // take those in
  std::function<bool(const control::Reply&)> item;
};

// Until every stream has ended or `item` returns false. Complains and sets the status when there is no
// controller (125), or every one refuses (1).
void follow(Shared& shared, const Following& following);

}  // namespace gatehouse::cli
