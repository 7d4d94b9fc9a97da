// SPDX-License-Identifier: Apache-2.0
// One number that names a compiled policy, for people and for telling tables apart.
// It must never be trusted against someone who makes collisions on purpose.
#pragma once

#include <cstdint>

#include "tables/tables.h"

namespace gatehouse::tables {

// Of everything in `tables` but the digest itself.
std::uint64_t digest_of(const Tables& tables);

}  // namespace gatehouse::tables
