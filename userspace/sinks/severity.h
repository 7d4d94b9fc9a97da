// SPDX-License-Identifier: Apache-2.0
// How loudly an event is to be told, for outputs that have a scale of their own. It must never depend on
// what an agent wrote.
#pragma once

#include "events/event.h"

namespace gatehouse::sinks {

enum class Severity { debug, info, notice, warning, error };

Severity severity_of(const events::Event& event);

}  // namespace gatehouse::sinks
