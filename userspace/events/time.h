// SPDX-License-Identifier: Apache-2.0
// The time of events: now, and what makes the kernel's clock ours. It must never be a clock that stops with the host.
#pragma once

#include <cstdint>

#include "base/instant.h"

namespace gatehouse::events {

using gatehouse::from_rfc3339;
using gatehouse::rfc3339;

// CLOCK_REALTIME - CLOCK_BOOTTIME now, ns: what decode adds to the kernel's times.
std::int64_t wall_minus_boot();

// CLOCK_REALTIME now, ns: the stamp of events that the controller makes.
std::int64_t wall_now();

}  // namespace gatehouse::events
