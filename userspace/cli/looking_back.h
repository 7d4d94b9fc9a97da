// SPDX-License-Identifier: Apache-2.0
// The verbs that look back at what sessions did. They must never need a controller for what a file holds.
#pragma once

#include "cli/verbs.h"

namespace gatehouse::cli {

void add_report(CLI::App& app, Shared& shared);
void add_policy_learn(CLI::App& policy, Shared& shared);
void add_sessions_top(CLI::App& sessions, Shared& shared);

}  // namespace gatehouse::cli
