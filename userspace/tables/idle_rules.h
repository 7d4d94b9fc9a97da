// SPDX-License-Identifier: Apache-2.0
// Rules that never decide anything, as warnings. It must never warn of a rule whose removal could
// change an answer.
#pragma once

#include "base/diagnostic.h"
#include "tables/glob.h"
#include "tables/rules.h"
#include "tables/tables.h"

namespace gatehouse::tables {

void warn_of_idle_rules(const RuleBook& book, const policy::Context& context, const Tables& tables,
                        Diagnostics& diagnostics);

}  // namespace gatehouse::tables
