// SPDX-License-Identifier: Apache-2.0
// What an agent says of itself in the environment of its processes: the trace and the conversation that they belong
// to. It must never be taken for what the kernel says; every output marks it as claimed.
#pragma once

#include <string_view>

#include "events/event.h"

namespace gatehouse::events {

// `environment` as /proc/PID/environ has it. Of the names that are known, those with a value of their form:
// traceparent (W3C), codex_thread_id, claude_session_id.
Labels claims_in(std::string_view environment);

// What an id that an agent gives may be: 1 to 128 letters, digits and - _ . :
bool is_claimed_id(std::string_view text);

}  // namespace gatehouse::events
