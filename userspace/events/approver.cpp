// SPDX-License-Identifier: Apache-2.0
// The text behind approver.h. It must never make up a name where there is none.
#include "events/approver.h"

namespace gatehouse::events {

std::string approver_text(const Approver& by) {
  if (by.kind == Approver::Kind::policy) return "the policy";
  const std::string before = by.kind == Approver::Kind::grant ? "an earlier answer of " : "";
  if (!by.name.empty()) return before + "reviewer " + by.name;
  return before + "uid " + std::to_string(by.uid) + ", " + by.comm + "[" + std::to_string(by.pid) +
         "]";
}

}  // namespace gatehouse::events
