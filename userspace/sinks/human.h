// SPDX-License-Identifier: Apache-2.0
// An Event as one line for a person at a terminal. It must never send a control or bidirectional
// character of somebody else's text there, and never wrap: the object gives way in its middle.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "events/event.h"

namespace gatehouse::sinks {

struct HumanStyle {
  std::size_t columns = 80;  // 0: no limit
  bool colour = false;
  bool utc = false;  // else the local time of day
  bool time = true;
};

// Columns and colour of the terminal behind `fd`; no limit and no colour where there is none.
// NO_COLOR and TERM=dumb are honoured.
HumanStyle style_of(int fd);

// Without the newline.
std::string human(const events::Event& event, const HumanStyle& style);

// Columns that valid UTF-8 takes on a terminal, near enough.
std::size_t width_of(std::string_view text);
// `text` in at most `columns`, its middle replaced by "…" if need be.
std::string elide(std::string_view text, std::size_t columns);

}  // namespace gatehouse::sinks
