// SPDX-License-Identifier: Apache-2.0
// Format, put, count: the sink of lines.h. It must never put an event past an unreported loss.
#include "sinks/lines.h"

#include "events/time.h"

namespace gatehouse::sinks {

bool LineSink::report_loss(std::int64_t time) {
  if (lost_ == reported_) return true;
  events::Event event;
  event.time = time;
  event.body = events::EventsLost{"sink", std::nullopt, lost_ - reported_,
                                  "no room where these lines are written"};
  if (!output_.put(format_(event) + "\n")) return false;
  reported_ = lost_;
  return true;
}

void LineSink::write(const events::Event& event) {
  if (report_loss(event.time) && output_.put(format_(event) + "\n"))
    ++sent_;
  else
    ++lost_;
}

void LineSink::flush() {
  output_.flush();
  report_loss(events::wall_now());
}

}  // namespace gatehouse::sinks
