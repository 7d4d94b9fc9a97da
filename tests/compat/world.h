// SPDX-License-Identifier: Apache-2.0
// What all cases share: the user, a file system for the ground, the daemon and its events. It must never
// be made outside of the VM.
#pragma once

#include <string>

#include "case.h"

namespace gatehouse::compat {

inline constexpr const char* kSocket = "/run/gatehouse/compat.sock";
inline constexpr const char* kEvents = "/run/compat/events.jsonl";

// The shipped policy; for a case that states what else must be allowed, a copy that allows it. A layer
// cannot: layers only ever take away.
std::string policy_for(const Case& one);

}  // namespace gatehouse::compat
