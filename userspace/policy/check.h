// SPDX-License-Identifier: Apache-2.0
// What a valid policy says that its author can hardly have meant, found without compiling it. It must
// never warn on a guess: a warning that is often wrong is one that nobody reads.
#pragma once

#include "base/diagnostic.h"
#include "policy/model.h"

namespace gatehouse::policy {

// Warnings only, at most 100, in time proportional to the policy. What a rule cannot do because of
// the tables as a whole is said by tables::compile.
void check(const Policy& policy, Diagnostics& diagnostics);

}  // namespace gatehouse::policy
