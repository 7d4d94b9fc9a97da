// SPDX-License-Identifier: Apache-2.0
// What of the base stands in the learned policy as it is: every rule that stops or asks, and the allowances of
// accesses of which nothing was recorded. It must never be looser than the base, whose layers it makes one.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "learning/rule_json.h"

namespace gatehouse::learning {

struct Kept {
  std::vector<Json> filesystem, exec, network, unix_sockets;      // rules
  std::array<policy::Action, 8> file_defaults{}, net_defaults{};  // by column
  policy::Action exec_default{}, unnamed{}, unix_default{};
  policy::PrivilegeSet privileges;
  std::vector<std::string> apart;  // beginnings of what is denied
  std::vector<std::string> notes;
};

// `recorded`: a bit per gh_access.
Kept kept_of(const policy::Policy& base, std::uint32_t recorded);

}  // namespace gatehouse::learning
