// SPDX-License-Identifier: Apache-2.0
// Rules and approvals of a policy as the JSON that they are read from. It must never lose a part that decides:
// what is written and parsed again compiles to the same.
#pragma once

#include <nlohmann/json.hpp>

#include "policy/model.h"

namespace gatehouse::learning {

using Json = nlohmann::ordered_json;

// Without "log". `access`: those of the rule that are meant.
Json rule_json(const policy::PathRule& rule, policy::AccessSet access);  // filesystem
Json exec_rule_json(const policy::PathRule& rule);
Json unix_rule_json(const policy::PathRule& rule);
Json rule_json(const policy::CommandRule& rule);
Json rule_json(const policy::NetRule& rule, policy::AccessSet access);
Json approvals_json(const policy::Approvals& approvals);

// ["read", "write"]: `write` where all four are in it.
Json path_accesses_json(policy::AccessSet access);
Json net_accesses_json(policy::AccessSet access);

}  // namespace gatehouse::learning
