// SPDX-License-Identifier: Apache-2.0
// Both ways between an instant and its text. A text that does not come out again as it went in must never be taken.
#include "policy/instant.h"

#include <ctime>

namespace gatehouse::policy {

std::string instant_text(std::int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  char out[32];
  if (::gmtime_r(&time, &parts) == nullptr) return {};
  const std::size_t size = std::strftime(out, sizeof out, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {out, size};
}

std::optional<std::int64_t> instant_of(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00Z";
  if (text.size() != kForm.size()) return std::nullopt;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == '0' ? !digit : text[i] != kForm[i]) return std::nullopt;
  }
  const auto number = [&](std::size_t at, std::size_t digits) {
    int out = 0;
    for (std::size_t i = at; i < at + digits; ++i)
      out = out * 10 + (text[i] - '0');
    return out;
  };
  std::tm parts{};
  parts.tm_year = number(0, 4) - 1900;
  parts.tm_mon = number(5, 2) - 1;
  parts.tm_mday = number(8, 2);
  parts.tm_hour = number(11, 2);
  parts.tm_min = number(14, 2);
  parts.tm_sec = number(17, 2);
  const auto seconds = static_cast<std::int64_t>(::timegm(&parts));
  if (instant_text(seconds) != text) return std::nullopt;  // such as the 30th of February
  return seconds;
}

}  // namespace gatehouse::policy
