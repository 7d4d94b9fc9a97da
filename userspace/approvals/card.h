// SPDX-License-Identifier: Apache-2.0
// What a person must see to answer: the whole object, who asks and from where, under which rule, and what was
// said before. It must never cut what is being asked for, nor let text of an agent pass for ours.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "approvals/entry.h"
#include "events/processes.h"

namespace gatehouse::approvals {

// An answer that was given before to something alike.
struct Earlier {
  std::string object;
  gh_verdict verdict = GH_DENY;
  int scope = GH_SCOPE_ONCE;
  std::string by;  // events::approver_text, or "nobody in time"
  std::uint64_t ago_ms = 0;
};

struct Card {
  std::uint64_t id = 0;
  std::string access;
  events::Object object;
  std::vector<std::string> argv;       // of the program that is to run
  std::vector<events::Program> chain;  // the asker first
  events::Process process;
  events::Session session;
  std::string policy;
  events::Rule rule;
  std::string reason;           // code word, when no rule asked
  std::uint64_t waiting = 0;    // threads
  std::uint64_t processes = 0;  // that these belong to
  std::uint64_t waited_ms = 0;
  std::optional<std::uint64_t> left_ms;  // nothing: no deadline
  gh_verdict on_timeout = GH_DENY;
  int remember = GH_SCOPE_SESSION;
  std::vector<Earlier> earlier;
  std::optional<Storm> storm;  // this stands for many: access is "storm", the object tells of what
};

// `now`: CLOCK_MONOTONIC, ns.
Card card_of(const Entry& entry, events::Processes& processes, std::uint64_t now);

// Some lines, each ended by '\n'.
std::string card_text(const Card& card, bool colour);
// What is asked for, on one line: "exec /usr/bin/git".
std::string card_title(const Card& card);
// "2 threads of 1 process for 12 s; denied in 14 min 48 s if nobody answers".
std::string card_wait(const Card& card);

// One object (docs/control.md), and back; nothing if it is none.
std::string card_json(const Card& card);
std::optional<Card> card_from_json(std::string_view json);

}  // namespace gatehouse::approvals
