// SPDX-License-Identifier: Apache-2.0
// What accounting needs of a record: when, what kind, and the kernel's number or a loss. It must never throw at
// a line that somebody changed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "events/event.h"

namespace gatehouse::audit {

struct Record {
  std::int64_t time = 0;  // ns since 1970; 0: it says none
  std::string type;
  std::optional<events::Origin> origin;
  std::optional<events::EventsLost> lost;
  std::int64_t away_since = 0;  // of a controller's start
};

// Nothing for a line that is no JSON object.
std::optional<Record> record_of(const std::string& line);

}  // namespace gatehouse::audit
