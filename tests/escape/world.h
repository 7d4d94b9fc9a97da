// SPDX-License-Identifier: Apache-2.0
// What all runs share: a network namespace, users, a file system for the grounds, and the daemon. It must
// never be made outside of the VM.
#pragma once

#include "laid.h"

namespace gatehouse::escape {

inline constexpr const char* kGateCgroup = "/gatehouse/escape";
inline constexpr const char* kSocket = "/run/gatehouse/escape.sock";

// Where Gatehouse's own things are.
void add_facts(Laid& laid);

}  // namespace gatehouse::escape
