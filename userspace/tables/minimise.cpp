// SPDX-License-Identifier: Apache-2.0
// Placeholder: keeps all states. It must never be taken for the real thing.
#include "tables/minimise.h"
namespace gatehouse::tables {
Dfa minimise(const Dfa& dfa) { return dfa; }
}  // namespace gatehouse::tables
