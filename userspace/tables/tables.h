// SPDX-License-Identifier: Apache-2.0
// A compiled policy: the tables that the kernel walks and that `why` evaluates, as plain values.
// It must never hold text of the policy beyond what explains a decision (rule ids, reasons).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "policy/model.h"
#include "shared/abi.h"

namespace gatehouse::tables {

struct RuleInfo {
  std::string id;
  std::string layer;    // policy name
  std::string reason;   // may be empty
  std::string pointer;  // JSON pointer in `file`
  std::string file;
};

// A file that a rule names literally and does not let through: it is known by device and inode as well.
struct HeldFile {
  std::string path;
  std::uint32_t outcome = 0;  // of that name
};

// Numbers of states, transitions and outcomes are relative to 0; publish relocates them.
struct Tables {
  std::vector<std::uint64_t> states;  // gh_state_make
  std::vector<std::uint64_t>
      transitions;  // gh_transition_make; unused cells own GH_NO_STATE. Every
                    // state's base + 255 is < transitions.size()
  std::vector<gh_outcome> outcomes;
  std::uint32_t paths = 0;  // start states
  std::uint32_t endpoints = 0;
  std::uint32_t commands = GH_NO_STATE;  // of all tables: no rule looks at arguments
  std::uint32_t flags = 0;               // GH_POLICY_*
  std::uint32_t unnamed = GH_DENY;
  policy::PrivilegeSet privileges;        // allowed
  policy::PrivilegeSet privileges_named;  // and those that a list decides, not a default
  std::vector<RuleInfo> rules;            // index = gh_cell.rule
  std::vector<HeldFile> held;             // whether such a file exists is for publish to see
  std::uint64_t digest = 0;               // of all the above
};

}  // namespace gatehouse::tables
