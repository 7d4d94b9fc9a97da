// SPDX-License-Identifier: Apache-2.0
// Instants in a policy: RFC 3339 in UTC, to the second. It must never guess at a time zone or a calendar day that
// there is not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::policy {

// Seconds since 1970 of "2027-01-31T12:00:00Z"; nothing for any other text.
std::optional<std::int64_t> instant_of(std::string_view text);
std::string instant_text(std::int64_t seconds);

}  // namespace gatehouse::policy
