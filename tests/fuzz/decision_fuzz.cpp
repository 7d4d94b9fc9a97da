// SPDX-License-Identifier: Apache-2.0
// Any bytes as what a reviewer printed. It must never crash; a failure says why, and a decision comes
// back the same after being written and read again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "reviewers/decision.h"

using namespace gatehouse::reviewers;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto verdict = parse_decision({reinterpret_cast<const char*>(data), size});
  if (const auto* failure = std::get_if<Failure>(&verdict)) {
    if (failure->why.empty()) std::abort();
    return 0;
  }
  const auto& decision = std::get<Decision>(verdict);
  const auto again = parse_decision(decision_json(decision));
  const auto* same = std::get_if<Decision>(&again);
  if (same == nullptr || same->verdict != decision.verdict || same->scope != decision.scope ||
      same->for_ms != decision.for_ms || same->message != decision.message)
    std::abort();
  return 0;
}
