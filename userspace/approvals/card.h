// SPDX-License-Identifier: Apache-2.0
// What a person must see to answer: the whole object, who asks and from where, under which rule. It
// must never cut what is being asked for, nor let text of an agent pass for ours.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "approvals/entry.h"
#include "events/processes.h"

namespace gatehouse::approvals {

struct Card {
  std::uint64_t id = 0;
  std::string access;
  events::Object object;
  std::vector<events::Program> chain;  // the asker first
  events::Process process;
  events::Session session;
  std::string policy;
  events::Rule rule;
  std::string reason;  // code word, when no rule asked
  std::uint64_t waiting = 0;
  std::optional<std::uint64_t> left_ms;  // nothing: no deadline
  gh_verdict on_timeout = GH_DENY;
  int remember = GH_SCOPE_SESSION;
};

// `now`: CLOCK_MONOTONIC, ns.
Card card_of(const Entry& entry, events::Processes& processes, std::uint64_t now);

// Some lines, each ended by '\n'.
std::string card_text(const Card& card, bool colour);

// One object (docs/control.md), and back; nothing if it is none.
std::string card_json(const Card& card);
std::optional<Card> card_from_json(std::string_view json);

}  // namespace gatehouse::approvals
