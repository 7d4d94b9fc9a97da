// SPDX-License-Identifier: Apache-2.0
// A record of the kernel's rings → Event. Pure: it must never trust a length, a number or a
// character of the record, and never lose a byte of a name.
#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "events/event.h"
#include "events/names.h"

namespace gatehouse::events {

// `wall_minus_boot`: CLOCK_REALTIME - CLOCK_BOOTTIME, ns. The error says what is wrong with the
// record.
Result<Event> decode(std::span<const unsigned char> record, const RuleNames& names,
                     std::int64_t wall_minus_boot);

}  // namespace gatehouse::events
