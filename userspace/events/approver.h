// SPDX-License-Identifier: Apache-2.0
// Who answered, as the text that people read. It must never say more than the kernel vouched for.
#pragma once

#include <string>

#include "events/event.h"

namespace gatehouse::events {

// "uid 1000, bash[77]" or "the policy"; bytes of the name as they are.
std::string approver_text(const Approver& by);

}  // namespace gatehouse::events
