// SPDX-License-Identifier: Apache-2.0
// Grants as a record on disk, for a controller that starts again, and back. It must never be taken for the
// answers themselves: those are what the kernel holds.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "approvals/grants.h"
#include "base/result.h"

namespace gatehouse::approvals {

std::string grants_record(const std::vector<const Grant*>& grants);
// EPROTO: not a record of ours.
Result<std::vector<Grant>> grants_of_record(std::string_view record);

}  // namespace gatehouse::approvals
