// SPDX-License-Identifier: Apache-2.0
// Automaton → the smallest with the same answers, states in the order in which paths meet them.
// It must never merge states that some valid path or key tells apart.
#pragma once

#include "tables/dfa.h"

namespace gatehouse::tables {

Dfa minimise(const Dfa& dfa);

}  // namespace gatehouse::tables
