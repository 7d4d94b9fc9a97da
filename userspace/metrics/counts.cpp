// SPDX-License-Identifier: Apache-2.0
// One event at a time into the numbers of counts.h. It must never keep text of an agent.
#include "metrics/counts.h"

#include <algorithm>

#include "events/words.h"

namespace gatehouse::metrics {

void Counts::write(const events::Event& event) {
  const std::lock_guard lock(mutex_);
  numbers_.events[events::type_word(event)]++;
  const auto* const ask = std::get_if<events::Ask>(&event.body);
  if (event.origin) (ask != nullptr ? numbers_.asks_read : numbers_.events_read)++;
  if (ask != nullptr) {
    numbers_.asks[ask->access]++;
    begin_wait(ask->approval, event.time);
  } else if (const auto* decision = std::get_if<events::Decision>(&event.body)) {
    count(*decision);
  } else if (const auto* answered = std::get_if<events::ApprovalAnswered>(&event.body)) {
    numbers_.answers[{answered->verdict, events::approver_word(answered->by.kind)}]++;
    end_wait(answered->approval, event.time);
  } else if (const auto* expired = std::get_if<events::ApprovalExpired>(&event.body)) {
    numbers_.answers[{expired->verdict, "timeout"}]++;
    end_wait(expired->approval, event.time);
  } else if (std::holds_alternative<events::AskGone>(event.body)) {
    numbers_.gone++;
  } else if (const auto* lost = std::get_if<events::EventsLost>(&event.body)) {
    numbers_.lost[lost->ring] += lost->count;  // one of four words of ours
  }
}

void Counts::count(const events::Decision& event) {
  numbers_.decisions[{event.verdict, event.access, event.reason, event.audit}]++;
  if (event.rule.id.empty()) return;
  const Numbers::Rule rule = {event.rule.layer, event.rule.id, event.verdict};
  const auto found = numbers_.rules.find(rule);
  if (found != numbers_.rules.end())
    found->second++;
  else if (numbers_.rules.size() < kMostRules)
    numbers_.rules[rule] = 1;
  else
    numbers_.rules[{std::string(), std::string(kOtherRules), event.verdict}]++;
}

// The first of equal asks; a question that nobody answers is forgotten when there are too many.
void Counts::begin_wait(std::uint64_t approval, std::int64_t time) {
  if (approval == 0) return;
  waiting_.emplace(approval, time);
  if (waiting_.size() > kMostWaiting) waiting_.erase(waiting_.begin());
}

void Counts::end_wait(std::uint64_t approval, std::int64_t time) {
  const auto found = waiting_.find(approval);
  if (found == waiting_.end()) return;
  const double seconds = static_cast<double>(std::max<std::int64_t>(0, time - found->second)) / 1e9;
  waiting_.erase(found);
  std::size_t at = 0;
  while (at < Waits::kBounds.size() && seconds > Waits::kBounds[at])
    at++;
  numbers_.waits.in[at]++;
  numbers_.waits.sum += seconds;
}

void Counts::set(Gauges gauges) {
  const std::lock_guard lock(mutex_);
  numbers_.gauges = std::move(gauges);
}

Numbers Counts::numbers() const {
  const std::lock_guard lock(mutex_);
  return numbers_;
}

}  // namespace gatehouse::metrics
