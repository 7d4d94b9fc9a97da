// SPDX-License-Identifier: Apache-2.0
// Instants as text, RFC 3339. It must never round (an instant has its nine digits in every output), nor take half a
// time for a whole one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

// "2025-01-31T23:59:59.123456789Z" of ns since 1970.
std::string rfc3339(std::int64_t ns);

// The other way round, with any fraction and zone. Nothing: it is none, has no zone, no such day, or not a year from
// 1970 to 2261.
std::optional<std::int64_t> from_rfc3339(std::string_view text);

}  // namespace gatehouse
