// SPDX-License-Identifier: Apache-2.0
// Points in time as people write them: an RFC 3339 time, or how long ago ("10m"). It must never take half a
// time for a whole one.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gatehouse::reading {

// ns since 1970. `now` is what "ago" counts from. Nothing: it is neither.
std::optional<std::int64_t> parse_instant(std::string_view text, std::int64_t now);

}  // namespace gatehouse::reading
