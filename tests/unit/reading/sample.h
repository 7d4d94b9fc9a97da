// SPDX-License-Identifier: Apache-2.0
// Events for the tests of this room, built part by part. It must never set a part that a test did not ask for.
#pragma once

#include <string>

#include "events/event.h"

namespace gatehouse::reading {

inline events::Event at_process(std::uint32_t pid, std::uint64_t start, std::uint32_t ppid = 1) {
  events::Event event;
  event.time = 1'700'000'000'000'000'000;
  event.session = {3, "night-shift", {}};
  event.process.pid = pid;
  event.process.tid = pid;
  event.process.ppid = ppid;
  event.process.start = start;
  event.process.comm = "sh";
  return event;
}

inline events::Event decided(gh_access access, const std::string& object, gh_verdict verdict,
                             const std::string& rule = {}) {
  auto event = at_process(100, 1000);
  events::Decision decision;
  decision.access = access;
  decision.object.text = object;
  decision.verdict = verdict;
  decision.rule.id = rule;
  decision.reason = rule.empty() ? GH_REASON_DEFAULT : GH_REASON_RULE;
  event.body = decision;
  return event;
}

inline events::Event forked(std::uint32_t pid, std::uint64_t start, std::uint32_t child,
                            std::uint64_t child_start) {
  auto event = at_process(pid, start);
  event.body = events::Fork{child, child_start};
  return event;
}

}  // namespace gatehouse::reading
