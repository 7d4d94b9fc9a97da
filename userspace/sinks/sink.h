// SPDX-License-Identifier: Apache-2.0
// A place that events go to. It must never make its caller wait, and never lose an event without
// saying how many were lost.
#pragma once

#include "events/event.h"

namespace gatehouse::sinks {

class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  virtual void write(const events::Event& event) = 0;
  // Tries to send what a slow reader left behind; called about once a second.
  virtual void flush() {}
};

}  // namespace gatehouse::sinks
