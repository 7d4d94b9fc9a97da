// SPDX-License-Identifier: Apache-2.0
// What a program or a web service says of an ask: one JSON object, read strictly. It must never take for
// an allow what does not say so in the documented words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "shared/abi.h"

namespace gatehouse::reviewers {

struct Decision {
  enum class Verdict : std::uint8_t { allow, deny, next };
  Verdict verdict = Verdict::next;
  int scope = GH_SCOPE_ONCE;
  std::uint64_t for_ms = 0;  // 0: as long as the scope
  std::string message;       // for the agent
};

// Why there is no decision, for people.
struct Failure {
  std::string why;
};

using Verdict = std::variant<Decision, Failure>;

inline constexpr std::size_t kMostAnswer = 64u << 10;  // bytes; not more than web::kMostBody
inline constexpr std::size_t kMostMessage = 1024;

Verdict parse_decision(std::string_view text);

// The same as text that parse_decision() takes.
std::string decision_json(const Decision& decision);

}  // namespace gatehouse::reviewers
