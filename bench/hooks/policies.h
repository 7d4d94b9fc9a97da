// SPDX-License-Identifier: Apache-2.0
// The policies that the figures are for, as models.
// It must never hold one that denies what operations.h does.
#pragma once

#include <cstddef>

#include "policy/model.h"
#include "tables/tables.h"

namespace gatehouse::bench {

// A coding agent's policy: ten rules; all further ones deny a directory each of /bench/tenants.
policy::Policy agent(std::size_t rules);
// The same ten and one on names by their ending, wherever they are: no component can be skipped.
policy::Policy agent_with_suffix();
// The same ten and so many address ranges.
policy::Policy agent_with_ranges(std::size_t ranges);
// The same ten, and opening anything below /bench/ask is asked.
policy::Policy asking();

// Ends the program when it is refused.
tables::Tables compile(const policy::Policy& policy);

}  // namespace gatehouse::bench
