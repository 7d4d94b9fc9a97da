// SPDX-License-Identifier: Apache-2.0
// Which rules made a construction too large. It must never be asked while there is still hope: it
// looks at every state.
#pragma once

#include "tables/determinise.h"
#include "tables/states.h"

namespace gatehouse::tables {

// At most five rules, the worst first.
std::vector<std::uint32_t> blame(const StateTable& states, const Tree& tree, const Judge& judge);

}  // namespace gatehouse::tables
