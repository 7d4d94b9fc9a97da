// SPDX-License-Identifier: Apache-2.0
// Network rules → labels over endpoint keys (abi.h). It must never let a rule for IPv4 speak of IPv6.
#pragma once

#include <cstdint>

#include "policy/model.h"
#include "tables/labels.h"
#include "tables/tree.h"

namespace gatehouse::tables {

// Adds what `rule` matches, under that mark. False when the list would exceed `max_labels`.
bool add_endpoints(const policy::NetRule& rule, Mark mark, SetPool& sets, PatternList& patterns,
                   std::size_t max_labels);

}  // namespace gatehouse::tables
