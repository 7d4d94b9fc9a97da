// SPDX-License-Identifier: Apache-2.0
// What a controller knows of rules, sessions and processes, for benchmarks that have none. It must never cost more
// than the real ones do.
#pragma once

#include <optional>
#include <string>

#include "events/decode.h"
#include "events/processes.h"

namespace gatehouse {

class Names : public events::RuleNames {
 public:
  std::optional<events::Rule> lookup(std::uint64_t, std::uint32_t, std::uint16_t) const override {
    return events::Rule{"secrets", "coding-agent", "credentials"};
  }
  std::optional<events::Session> session(std::uint64_t serial) const override {
    return events::Session{serial, "night-shift", {{"team", "a"}}};
  }
  std::string policy(std::uint64_t, std::uint32_t) const override { return "coding-agent"; }
};

class Nobody : public events::ProcessSource {
 public:
  std::optional<events::Program> read(std::uint32_t) const override { return std::nullopt; }
};

}  // namespace gatehouse
