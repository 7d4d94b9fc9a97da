// SPDX-License-Identifier: Apache-2.0
// The variables behind claims.h. It must never pass on a value of another form: it stands in every record.
#include "events/claims.h"

#include <algorithm>

namespace gatehouse::events {
namespace {

constexpr std::size_t kMostId = 128;  // bytes

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// Version 00: 00-TRACE-PARENT-FLAGS, neither of the ids all zero.
bool is_traceparent(std::string_view text) {
  if (text.size() != 55 || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
  const auto trace = text.substr(3, 32), parent = text.substr(36, 16);
  return text.substr(0, 2) == "00" && is_hex(trace) && is_hex(parent) && is_hex(text.substr(53)) &&
         trace.find_first_not_of('0') != std::string_view::npos &&
         parent.find_first_not_of('0') != std::string_view::npos;
}

struct Variable {
  std::string_view name, claim;
  bool (*is_valid)(std::string_view);
};

constexpr Variable kVariables[] = {
    {"TRACEPARENT", "traceparent", is_traceparent},
    {"CODEX_THREAD_ID", "codex_thread_id", is_claimed_id},
    {"CLAUDE_CODE_SESSION_ID", "claude_session_id", is_claimed_id},
};

}  // namespace

bool is_claimed_id(std::string_view text) {
  return !text.empty() && text.size() <= kMostId &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '-' || c == '_' || c == '.' || c == ':';
         });
}

Labels claims_in(std::string_view environment) {
  Labels claims;
  while (!environment.empty()) {
    const auto entry = environment.substr(0, environment.find('\0'));
    environment.remove_prefix(std::min(entry.size() + 1, environment.size()));
    const auto equals = entry.find('=');
    if (equals == std::string_view::npos) continue;
    for (const auto& variable : kVariables) {
      const auto value = entry.substr(equals + 1);
      if (entry.substr(0, equals) != variable.name || !variable.is_valid(value)) continue;
      claims.emplace_back(variable.claim, value);
    }
  }
  return claims;
}

}  // namespace gatehouse::events
