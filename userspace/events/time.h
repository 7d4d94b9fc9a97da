// SPDX-License-Identifier: Apache-2.0
// Instants as text. It must never round: an instant has its nine digits in every output.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace gatehouse::events {

// "2025-01-31T23:59:59.123456789Z" of ns since 1970.
std::string rfc3339(std::int64_t ns);

// The other way round; nothing for a text that does not begin as one, or a year that 64 bits do not hold.
std::optional<std::int64_t> from_rfc3339(const std::string& text);

// CLOCK_REALTIME - CLOCK_BOOTTIME now, ns: what decode adds to the kernel's times.
std::int64_t wall_minus_boot();

// CLOCK_REALTIME now, ns: the stamp of events that the controller makes.
std::int64_t wall_now();

}  // namespace gatehouse::events
