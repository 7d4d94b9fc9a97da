// SPDX-License-Identifier: Apache-2.0
// A place that events go to. It must never make its caller wait, and never lose an event without
// saying how many were lost.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "events/event.h"

namespace gatehouse::sinks {

// Events that a sink could not bring to where they were meant to go.
struct Loss {
  std::uint64_t count = 0;
  std::string why;
};

// Of all time, but for the backlog.
struct SinkState {
  std::uint64_t sent = 0;     // events
  std::uint64_t lost = 0;     // events, told or not
  std::uint64_t backlog = 0;  // bytes that wait, in memory and on disk
};

class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  virtual void write(const events::Event& event) = 0;
  // Tries to send what a slow reader left behind; called about once a second.
  virtual void flush() {}
  // Losses that the sink does not tell itself; the caller tells each to all sinks. Asked until there is none.
  virtual std::optional<Loss> take_loss() { return std::nullopt; }
  [[nodiscard]] virtual SinkState state() const = 0;
};

}  // namespace gatehouse::sinks
