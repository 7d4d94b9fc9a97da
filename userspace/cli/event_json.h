// SPDX-License-Identifier: Apache-2.0
// An event's line of JSON turned back, as far as people are shown it. It must never invent a type: what is
// not known here comes back as nothing.
#pragma once

#include <optional>

#include "control/protocol.h"
#include "events/event.h"

namespace gatehouse::cli {

std::optional<events::Event> event_from_json(const control::Json& line);

}  // namespace gatehouse::cli
