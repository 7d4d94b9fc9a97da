// SPDX-License-Identifier: Apache-2.0
// An Event as one line of the Open Cybersecurity Schema Framework, version 1.7.0 (docs/telemetry.md). It must never
// write a member that the schema does not have: what it has no place for is in `unmapped`.
#pragma once

#include <string>

#include "events/event.h"

namespace gatehouse::sinks {

// Without the newline. `host`: the name of this machine.
std::string ocsf(const events::Event& event, const std::string& host);

}  // namespace gatehouse::sinks
