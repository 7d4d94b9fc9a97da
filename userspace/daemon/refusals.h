// SPDX-License-Identifier: Apache-2.0
// What a session was refused, and by whom: kept so that an agent can be told why. It must never hold
// anything of another session, nor tell an agent who its people are beyond that one of them said no.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "control/protocol.h"
#include "events/event.h"

namespace gatehouse::daemon {

class Refusals {
 public:
  static constexpr std::size_t kMost = 64;
  static constexpr std::size_t kMostOthers = 8;

  // An event of the session; those that tell of no refusal are passed over.
  void take(const events::Event& event);

  // Of the last one; 0: none.
  [[nodiscard]] std::int64_t last_time() const;
  // The last refusal since then (ns since 1970), what it rests on and what to do now, and which others
  // there were (docs/control.md). Nothing: none since then.
  [[nodiscard]] std::optional<control::Json> receipt(std::int64_t since) const;

 private:
  [[nodiscard]] const events::Event* answer_to(const events::Judged& refused) const;
  [[nodiscard]] control::Json others(const events::Event& told, std::int64_t since) const;

  std::deque<events::Event> refused_;  // decisions, newest last
  std::deque<events::Event> answers_;  // that denied, newest last
};

// What an agent can do about it, as a sentence. `answer`: the event of the approval that was refused, if
// it is known.
std::string what_to_do(const events::Judged& refused, const events::Event* answer);

}  // namespace gatehouse::daemon
