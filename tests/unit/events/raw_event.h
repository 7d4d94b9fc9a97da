// SPDX-License-Identifier: Apache-2.0
// Kernel records made by hand, for the tests of this room. It must never check anything itself.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "events/names.h"
#include "shared/abi.h"

namespace gatehouse::events {

inline gh_event raw_event(unsigned type) {
  gh_event raw{};
  raw.seq = 7;
  raw.time = 1'000'000'000;
  raw.session = 3;
  raw.start = 123'456'789;
  raw.cpu = 1;
  raw.generation = 9;
  raw.pid = 100;
  raw.tid = 101;
  raw.ppid = 99;
  raw.uid = 1000;
  raw.gid = 1001;
  raw.type = static_cast<__u16>(type);
  raw.rule = 2;
  raw.access = GH_READ;
  raw.verdict = GH_DENY;
  raw.reason = GH_REASON_RULE;
  std::memcpy(raw.comm, "cat", 4);
  return raw;
}

inline std::vector<unsigned char> record_of(gh_event raw, const std::string& text,
                                            const std::string& argv = {}) {
  raw.text_len = static_cast<__u16>(text.size());
  raw.argv_len = static_cast<__u16>(argv.size());
  std::vector<unsigned char> record(sizeof raw + text.size() + argv.size());
  std::memcpy(record.data(), &raw, sizeof raw);
  std::memcpy(record.data() + sizeof raw, text.data(), text.size());
  std::memcpy(record.data() + sizeof raw + text.size(), argv.data(), argv.size());
  return record;
}

class SomeNames : public RuleNames {
 public:
  std::optional<Rule> lookup(std::uint64_t, std::uint32_t, std::uint16_t rule) const override {
    if (rule != 2) return std::nullopt;
    return Rule{"secrets", "coding-agent", "credentials"};
  }
  std::optional<Session> session(std::uint64_t serial) const override {
    return Session{serial, "night-shift", {{"team", "a"}}};
  }
  std::string policy(std::uint64_t, std::uint32_t) const override { return "coding-agent"; }
};

}  // namespace gatehouse::events
