// SPDX-License-Identifier: Apache-2.0
// One policy file by itself: the top level of its document, section by section. It must never look at
// another file: how layers come together is in layers.h.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policy/model.h"
#include "policy/report.h"
#include "policy/value.h"

namespace gatehouse::policy {

struct PolicyFile {
  Layer layer;
  std::string description;
  bool audit = false;
  bool log_allowed = false;
  std::vector<std::pair<std::string, std::string>> extends;  // name, pointer
  std::optional<Approvals> approvals;
  std::vector<PolicyTest> tests;
  std::size_t answers = 0;

  [[nodiscard]] std::size_t rule_count() const;
};

PolicyFile read_policy_file(const Value& document, Report& report);

}  // namespace gatehouse::policy
