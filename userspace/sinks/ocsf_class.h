// SPDX-License-Identifier: Apache-2.0
// Which class and activity of OCSF an event is, and what the control made of it. It must never choose a number that
// the published schema does not list.
#pragma once

#include <optional>

#include "events/event.h"

namespace gatehouse::sinks {

enum class OcsfClass : unsigned {
  base = 0,
  file = 1001,
  kernel = 1003,
  process = 1007,
  entity = 3004,
  network = 4001,
  application = 6002,
};

struct OcsfKind {
  OcsfClass of = OcsfClass::base;
  unsigned activity = 99;
};

struct OcsfOutcome {
  unsigned action = 0;  // 1 allowed, 2 denied, 3 observed
  unsigned disposition =
      0;                // 1 allowed, 2 blocked, 8 approved, 15 detected, 23 challenge, 25 rejected
  unsigned status = 0;  // 1 success, 2 failure
};

OcsfKind ocsf_kind(const events::Event& event);
// Nothing: no control was at work.
std::optional<OcsfOutcome> ocsf_outcome(const events::Event& event);

}  // namespace gatehouse::sinks
