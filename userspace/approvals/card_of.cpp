// SPDX-License-Identifier: Apache-2.0
// Entry → Card: what the queue and /proc know of an ask at this moment. It must never tell of a process that
// is not in the asker's own line of ancestors.
#include "approvals/card.h"
#include "events/approver.h"
#include "events/words.h"

namespace gatehouse::approvals {
namespace {

constexpr std::uint64_t kMillisecond = 1'000'000;

std::uint64_t ms_between(std::uint64_t from, std::uint64_t to) {
  return to > from ? (to - from) / kMillisecond : 0;
}

std::string name_of(const Past& past) {
  return past.expired ? "nobody in time" : events::approver_text(past.by);
}

// "412 more requests: 300 write, 112 exec"
std::string storm_text(const Storm& storm) {
  std::string text =
      std::to_string(storm.objects) + (storm.objects == 1 ? " more request" : " more requests");
  const char* before = ": ";
  for (const auto& [access, objects] : storm.kinds) {
    text += before + std::to_string(objects) + " " + std::string(events::access_word(access));
    before = ", ";
  }
  return text;
}

}  // namespace

Card card_of(const Entry& entry, events::Processes& processes, std::uint64_t now) {
  const events::Ask& ask = entry.ask();
  Card card;
  card.id = entry.id;
  card.access = events::access_word(ask.access);
  card.object = ask.object;
  card.argv = ask.argv;
  card.process = entry.first.process;
  card.chain = processes.chain(entry.first.process);
  card.session = entry.first.session;
  card.policy = entry.first.policy.name;
  card.rule = ask.rule;
  card.reason = events::reason_word(ask.reason);
  card.waiting = entry.waiting;
  card.processes = entry.processes;
  card.waited_ms = ms_between(entry.since, now);
  if (entry.deadline != 0) card.left_ms = ms_between(now, entry.deadline);
  card.on_timeout = entry.terms.on_timeout;
  card.remember = entry.terms.remember;
  if (entry.storm) {
    card.storm = entry.storm;
    card.access = card.reason = "storm";
    card.object = {storm_text(*entry.storm), {}, false};
    card.argv.clear();
    card.rule = {};
  }
  if (entry.history != nullptr) {
    for (const Past& past : entry.history->like(entry.first.session.serial, ask)) {
      card.earlier.push_back(
          {past.object, past.verdict, past.scope, name_of(past), ms_between(past.at, now)});
    }
  }
  return card;
}

}  // namespace gatehouse::approvals
