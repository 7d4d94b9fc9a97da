// SPDX-License-Identifier: Apache-2.0
// An Event as one line of JSON, with members in a fixed order; docs/events.md describes every one.
// It must never write a member that was not seen, nor rename one: other people's programs read
// this.
#pragma once

#include <string>

#include "events/event.h"

namespace gatehouse::sinks {

// Without the newline.
void append_jsonl(std::string& out, const events::Event& event);
std::string jsonl(const events::Event& event);

}  // namespace gatehouse::sinks
