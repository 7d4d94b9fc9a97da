// SPDX-License-Identifier: Apache-2.0
// One question to a person, for all threads that wait for the same object, and the answer to it. It
// must never be told from another by its text: only session, access and the kernel's hash count.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "events/event.h"

namespace gatehouse::approvals {

// Longer durations are taken for this one: ten years.
inline constexpr std::uint64_t kMostMs = 10ull * 365 * 24 * 3600 * 1000;

// What the session's policy says of approvals.
struct Terms {
  std::uint64_t timeout_ms = 0;       // 0: none
  gh_verdict on_timeout = GH_DENY;    // GH_ALLOW or GH_DENY
  int remember = GH_SCOPE_SESSION;    // widest scope that an answer may have
  std::optional<gh_verdict> at_once;  // nobody is asked: --on-ask deny
};

// Times are CLOCK_MONOTONIC, ns, as the kernel keeps the expiry of a grant.
struct Entry {
  std::uint64_t id = 0;  // never used again while this controller lives
  events::Event first;   // the ask that opened it
  Terms terms;
  std::uint64_t since = 0;
  std::uint64_t deadline = 0;  // 0: none
  std::size_t waiting = 0;     // threads

  [[nodiscard]] const events::Ask& ask() const { return std::get<events::Ask>(first.body); }
};

struct Answer {
  gh_verdict verdict = GH_DENY;  // GH_ALLOW or GH_DENY
  int scope = GH_SCOPE_ONCE;
  std::uint64_t for_ms = 0;  // 0: as long as its scope
  std::string message;
  events::Approver by;
};

// Why an answer was not taken, for the person who gave it.
struct Refusal {
  std::string message;
  std::string hint;
};

}  // namespace gatehouse::approvals
