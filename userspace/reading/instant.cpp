// SPDX-License-Identifier: Apache-2.0
// Digits, counted. It must never depend on the time zone of this host: a time without a zone is refused.
#include "reading/instant.h"

#include <charconv>

#include "base/instant.h"

namespace gatehouse::reading {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::optional<std::int64_t> how_long(std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || rest + 1 != end || number < 0) return std::nullopt;
  const std::int64_t unit = *rest == 's'   ? 1
                            : *rest == 'm' ? 60
                            : *rest == 'h' ? 3600
                            : *rest == 'd' ? 86400
                                           : 0;
  constexpr std::int64_t kMost = 100LL * 365 * 86400;
  if (unit == 0 || number > kMost / unit) return std::nullopt;
  return number * unit * kSecond;
}

}  // namespace

std::optional<std::int64_t> parse_instant(std::string_view text, std::int64_t now) {
  if (const auto ago = how_long(text)) return now - *ago;
  return from_rfc3339(text);
}

}  // namespace gatehouse::reading
