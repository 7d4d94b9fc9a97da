// SPDX-License-Identifier: Apache-2.0
// The parts of check: one per kind of section. None may compare each rule with each other one: ten
// thousand rules are an ordinary policy.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "policy/model.h"
#include "policy/report.h"

namespace gatehouse::policy {

// More rules than this per pattern or prefix are not looked at: they only make doubles of a warning.
inline constexpr std::size_t kMaxCandidates = 16;

void check_path_rules(const std::vector<PathRule>& rules, const Defaults& defaults, Report& report);
void check_net_rules(const Network& network, Report& report);

// Whether `other`, at least as strict and reported instead, leaves nothing for `rule` to say where
// both apply. The numbers are their places in the section.
bool outranks(const Rule& other, std::size_t other_number, const Rule& rule, std::size_t number);

// An allow rule where the default allows all that it speaks of.
void warn_if_default_allows(const Rule& rule, AccessSet access, const Defaults& defaults,
                            Report& report);

}  // namespace gatehouse::policy
