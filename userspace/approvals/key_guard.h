// SPDX-License-Identifier: Apache-2.0
// Which keys of a person count: those that came alone, to a question that stood there for half a second. It
// must never let a paste, an escape sequence, or what was typed before count for one.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gatehouse::approvals {

// Times are CLOCK_MONOTONIC, ns.
class KeyGuard {
 public:
  static constexpr std::uint64_t kTime = 500'000'000;

  // A question is shown from now on.
  void shown(std::uint64_t now);
  // To be called before keys are looked at. True: what lies there now was typed too early, even if this call
  // comes late, and is no answer.
  bool too_early(std::uint64_t now);
  // When too_early() wants to be called, with or without keys.
  [[nodiscard]] std::optional<std::uint64_t> wake_at() const;

  // The one key that `input` is; nothing if it is more, or part of an escape sequence.
  std::optional<char> key_of(std::string_view input, std::uint64_t now);

 private:
  std::uint64_t armed_at_ = 0;
  bool armed_ = false;
  std::uint64_t escape_until_ = 0;  // keys before then belong to an escape sequence
};

}  // namespace gatehouse::approvals
