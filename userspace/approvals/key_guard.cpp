// SPDX-License-Identifier: Apache-2.0
// The clock behind key_guard.h. It must never arm itself without being asked: who asks has seen to what was
// typed before.
#include "approvals/key_guard.h"

namespace gatehouse::approvals {
namespace {

constexpr char kEscape = '\x1b';
constexpr std::uint64_t kEscapeTime = 100'000'000;

}  // namespace

void KeyGuard::shown(std::uint64_t now) {
  armed_at_ = now + kTime;
  armed_ = false;
  escape_until_ = 0;
}

bool KeyGuard::too_early(std::uint64_t now) {
  if (armed_) return false;
  armed_ = now >= armed_at_;
  return true;
}

std::optional<std::uint64_t> KeyGuard::wake_at() const {
  if (armed_) return std::nullopt;
  return armed_at_;
}

std::optional<char> KeyGuard::key_of(std::string_view input, std::uint64_t now) {
  if (input.find(kEscape) != std::string_view::npos) {
    escape_until_ = now + kEscapeTime;
    return std::nullopt;
  }
  if (now < escape_until_ || input.size() != 1) return std::nullopt;
  return input[0];
}

}  // namespace gatehouse::approvals
