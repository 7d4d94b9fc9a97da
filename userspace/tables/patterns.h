// SPDX-License-Identifier: Apache-2.0
// All rules' patterns as labels, with every bad glob reported where it stands.
// It must never skip a pattern silently.
#pragma once

#include "base/diagnostic.h"
#include "tables/compile.h"
#include "tables/labels.h"
#include "tables/rules.h"
#include "tables/tree.h"

namespace gatehouse::tables {

struct Patterns {
  SetPool sets;
  PatternList paths, endpoints;
  PatternList commands;                   // empty: no rule looks at arguments
  std::vector<std::uint32_t> root_rules;  // apply to "/" itself; ascending
  std::vector<std::string> literal;       // paths that rules other than "allow" name without a glob
};

// Errors in `diagnostics` when something was refused.
Patterns gather_patterns(const RuleBook& book, const policy::Context& context,
                         const SymlinkResolver& resolve, Diagnostics& diagnostics);

}  // namespace gatehouse::tables
