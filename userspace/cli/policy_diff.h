// SPDX-License-Identifier: Apache-2.0
// What two policies do not share, by rule and by past request, for the verbs that show it. It must never leave
// out a difference that changes a verdict.
#pragma once

#include <iosfwd>
#include <string>

#include "cli/verbs.h"
#include "control/protocol.h"
#include "policy/model.h"

namespace gatehouse::cli {

// "added", "removed", "changed": ids; "settings": names of what is no rule.
control::Json policy_changes(const policy::Policy& from, const policy::Policy& to);
void print_policy_changes(std::ostream& out, const control::Json& changes);

// Puts past requests to both and shows what differs. Status 0: nothing; 1: something; 2: trouble.
void replay(Shared& shared, const policy::Policy& from, const policy::Policy& to,
            const std::string& where, const std::string& session);

}  // namespace gatehouse::cli
