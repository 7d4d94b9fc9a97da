// SPDX-License-Identifier: Apache-2.0
// What the kernel numbers and only the controller can name: rules, sessions, policies. It must
// never decide anything: a name that is not known leaves its field empty and nothing else changes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "events/event.h"

namespace gatehouse::events {

class RuleNames {
 public:
  RuleNames() = default;
  RuleNames(const RuleNames&) = delete;
  RuleNames& operator=(const RuleNames&) = delete;
  virtual ~RuleNames() = default;

  // The rule with this index in the policy of this generation. Never called with GH_RULE_DEFAULT.
  [[nodiscard]] virtual std::optional<Rule> lookup(std::uint64_t session, std::uint32_t generation,
                                                   std::uint16_t rule) const = 0;
  // Name and labels of a session; name of its policy of this generation.
  [[nodiscard]] virtual std::optional<Session> session(std::uint64_t /*serial*/) const {
    return std::nullopt;
  }
  [[nodiscard]] virtual std::string policy(std::uint64_t /*session*/,
                                           std::uint32_t /*generation*/) const {
    return {};
  }
};

}  // namespace gatehouse::events
