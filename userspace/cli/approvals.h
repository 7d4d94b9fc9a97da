// SPDX-License-Identifier: Apache-2.0
// The parts of `approvals` that have a file of their own. They must never answer anything but what was named
// by its id.
#pragma once

#include <string>

#include "cli/controllers.h"

namespace gatehouse::cli {

// `session`: empty for all.
void list_approvals(Shared& shared, const std::string& session);
// Adds grants and revoke to `approvals`.
void add_grants(CLI::App& approvals, Shared& shared);

}  // namespace gatehouse::cli
