// SPDX-License-Identifier: Apache-2.0
// Whether a policy's reviewers may be believed to be its author's: a program that runs outside of the
// session must not be the session's to write. It must never judge by what a file says of itself.
#pragma once

#include "base/diagnostic.h"
#include "policy/model.h"
#include "tables/tables.h"

namespace gatehouse::daemon {

[[nodiscard]] bool has_programs(const policy::Approvals& approvals);

// Errors where the session could change a reviewer, or the file that names them.
void check_reviewers(const policy::Policy& policy, const tables::Tables& tables,
                     Diagnostics& diagnostics);
// Errors where somebody else than root or this process's user could. For whoever reads the file.
void check_author(const policy::Approvals& approvals, Diagnostics& diagnostics);

}  // namespace gatehouse::daemon
