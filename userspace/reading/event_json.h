// SPDX-License-Identifier: Apache-2.0
// An event's line of JSON turned back, with every member that docs/events.md names, bytes as they were. It
// must never invent a type: what is not known here comes back as nothing.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "events/event.h"

namespace gatehouse::reading {

using Json = nlohmann::ordered_json;

std::optional<events::Event> event_from_json(const Json& line);

}  // namespace gatehouse::reading
