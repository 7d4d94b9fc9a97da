// SPDX-License-Identifier: Apache-2.0
// The `tests` that a policy carries, run on its compiled tables. It must never consult the rules: what
// it tests is what the kernel will do.
#pragma once

#include "base/diagnostic.h"
#include "policy/model.h"
#include "tables/tables.h"

namespace gatehouse::tables {

// One error per test that fails or cannot be run.
void run_tests(const policy::Policy& policy, const Tables& tables, const policy::Context& context,
               Diagnostics& diagnostics);

}  // namespace gatehouse::tables
