// SPDX-License-Identifier: Apache-2.0
// One question to a person, for all threads that wait for the same object, and the answer to it. It
// must never be told from another by its text: only session, access and the kernel's hash count.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "approvals/history.h"
#include "events/event.h"

namespace gatehouse::approvals {

// Longer durations are taken for this one: ten years.
inline constexpr std::uint64_t kMostMs = 10ull * 365 * 24 * 3600 * 1000;

class Meaning;

// What the session's policy says of approvals.
struct Terms {
  std::uint64_t timeout_ms = 0;       // 0: none
  gh_verdict on_timeout = GH_DENY;    // GH_ALLOW or GH_DENY
  int remember = GH_SCOPE_SESSION;    // widest scope that an answer may have
  std::uint32_t max_open = 32;        // questions of one session at a time
  std::optional<gh_verdict> at_once;  // nobody is asked: --on-ask deny
};

// Of a session that asks for more than a person can read: what its further questions are about.
struct Storm {
  static constexpr std::size_t kMostExamples = 5;

  std::size_t objects = 0;
  std::map<gh_access, std::size_t> kinds;  // objects of each
  std::vector<std::string> examples;       // some objects, the oldest first; bytes
};

// Times are CLOCK_MONOTONIC, ns, as the kernel keeps the expiry of a grant.
struct Entry {
  std::uint64_t id = 0;  // never used again while this controller lives
  events::Event first;   // the ask that opened it
  Terms terms;
  std::uint64_t since = 0;
  std::uint64_t deadline = 0;        // 0: none
  std::size_t waiting = 0;           // threads
  std::size_t processes = 0;         // that these belong to
  const History* history = nullptr;  // of the sessions, where the queue keeps it
  std::optional<Storm> storm;        // this is one question for many: `first` is the oldest

  [[nodiscard]] const events::Ask& ask() const { return std::get<events::Ask>(first.body); }
};

struct Answer {
  gh_verdict verdict = GH_DENY;  // GH_ALLOW or GH_DENY
  int scope = GH_SCOPE_ONCE;
  std::uint64_t for_ms = 0;  // 0: as long as its scope
  std::string message;
  events::Approver by;
  std::string pattern{};                     // empty: for the object itself
  std::shared_ptr<const Meaning> meaning{};  // of the pattern
};

// Why an answer was not taken, for the person who gave it.
struct Refusal {
  std::string message;
  std::string hint;
};

}  // namespace gatehouse::approvals
