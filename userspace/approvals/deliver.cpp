// SPDX-License-Identifier: Apache-2.0
// Answers on their way to waiters: by a person, by the clock, by the policy at once, or by an answer
// given before. It must never close an entry whose waiters did not get theirs.
#include <algorithm>

#include "approvals/queue.h"
#include "events/words.h"

namespace gatehouse::approvals {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

}  // namespace

void Queue::report(const Entry& entry, events::Body body) {
  if (!report_) return;
  events::Event event;
  event.session = entry.first.session;
  event.policy = entry.first.policy;
  event.body = std::move(body);
  report_(std::move(event));
}

Queue::Outcome Queue::deliver(Slot& slot, const Grant& grant) {
  Outcome outcome;
  std::optional<std::uint32_t> answered_pid;
  bool session_answered = false;
  while (!slot.threads.empty()) {
    const Thread thread = *slot.threads.begin();
    const auto place = places_.find(thread);
    const Waiter& waiter = place->second.waiter;
    const bool covered = session_answered || (answered_pid && *answered_pid == waiter.pid);
    if (!covered) {
      auto reached = answerer_.answer(waiter, grant.scope, grant.verdict, grant.expires);
      if (!reached) {
        outcome.failure = reached.take_error();
        break;
      }
      if (*reached) {
        ++outcome.delivered;
        if (grant.scope != GH_SCOPE_ONCE) {
          Grant kept = grant;
          kept.id = outcome.grant = next_grant_++;
          kept.subject = waiter;
          grants_.keep(std::move(kept));
        }
        if (grant.scope == GH_SCOPE_PROCESS) answered_pid = waiter.pid;
        if (grant.scope == GH_SCOPE_SESSION) session_answered = true;
      }
    } else {
      ++outcome.delivered;
    }
    places_.erase(place);
    slot.remove(thread);
  }
  if (outcome.grant != 0) changed_grants(slot.entry.first.session.serial);
  return outcome;
}

void Queue::note(const Entry& entry, const Answer& answer, bool expired, std::uint64_t now) {
  history_.keep(entry.first.session.serial,
                {entry.ask().access, entry.ask().object.text, entry.ask().rule.id, answer.verdict,
                 answer.scope, expired, answer.by, now});
}

std::optional<Refusal> Queue::refusal(std::uint64_t id, const Answer& answer) const {
  const Entry* const entry = find(id);
  if (entry == nullptr) {
    return Refusal{"there is no open approval " + std::to_string(id),
                   "it was answered, it expired, or nobody waits for it any more: see `gatehouse "
                   "approvals list`"};
  }
  if (answer.verdict != GH_ALLOW && answer.verdict != GH_DENY) {
    return Refusal{"an answer is allow or deny", {}};
  }
  if (answer.scope < GH_SCOPE_ONCE || answer.scope > GH_SCOPE_SESSION) {
    return Refusal{"this scope does not exist", "use once, process or session"};
  }
  if (answer.scope > entry->terms.remember) {
    const std::string widest(events::scope_word(entry->terms.remember));
    return Refusal{"the policy does not let answers last longer than \"" + widest + "\"",
                   "use --scope " + widest};
  }
  if (entry->storm && answer.verdict == GH_ALLOW) {
    return Refusal{
        "these are " + std::to_string(entry->storm->objects) + " requests that nobody has seen",
        "deny them, or answer the questions before them: with each the next one is shown"};
  }
  return std::nullopt;
}

std::optional<Refusal> Queue::answer(std::uint64_t id, const Answer& answer, std::uint64_t now) {
  if (auto refused = refusal(id, answer)) return refused;
  const Entry* const entry = find(id);
  if (entry->storm) return answer_storm(entry->first.session.serial, answer, now);
  if (answer.meaning) return answer_pattern(slots_.find(id), answer, now);
  return answer_slot(slots_.find(id), answer, now);
}

std::optional<Refusal> Queue::answer_slot(Slots::iterator slot, const Answer& answer,
                                          std::uint64_t now) {
  const Entry& entry = slot->second.entry;
  const std::uint64_t id = entry.id;
  const std::size_t asked = entry.waiting;
  const Grant grant = grant_of(entry, answer, now);
  Outcome outcome = deliver(slot->second, grant);
  if (outcome.delivered != 0) {
    note(entry, answer, false, now);
    report(entry, events::ApprovalAnswered{id,
                                           entry.ask().access,
                                           entry.ask().object,
                                           answer.verdict,
                                           answer.scope,
                                           answer.for_ms,
                                           outcome.delivered,
                                           answer.by,
                                           answer.message,
                                           outcome.grant,
                                           {}});
  }
  if (outcome.failure) {
    tell(Change::left, slot->second);
    return Refusal{std::to_string(outcome.delivered) + " of " + std::to_string(asked) +
                       " waiting threads were answered: " + outcome.failure->what,
                   "the others still wait; answer again"};
  }
  close(slot);
  if (outcome.delivered == 0) {
    return Refusal{"nobody waits for approval " + std::to_string(id) + " any more", {}};
  }
  return std::nullopt;
}

void Queue::expire(std::uint64_t now) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const auto slot = slots_.find(deadlines_.begin()->second);
    Entry& entry = slot->second.entry;
    const gh_verdict verdict = entry.terms.at_once.value_or(entry.terms.on_timeout);
    Grant once;
    once.scope = GH_SCOPE_ONCE;
    once.verdict = verdict;
    Outcome outcome = deliver(slot->second, once);
    if (outcome.delivered != 0) {
      Answer by_policy;
      by_policy.verdict = verdict;
      note(entry, by_policy, true, now);
      report(entry, events::ApprovalExpired{entry.id, entry.ask().access, entry.ask().object,
                                            verdict, outcome.delivered});
    }
    if (!outcome.failure) {
      close(slot);
      continue;
    }
    deadlines_.erase(deadlines_.begin());  // no room for the answer now: soon again
    entry.deadline = now + kSecond;
    deadlines_.emplace(entry.deadline, entry.id);
  }
  for (auto& [session, crowd] : crowds_) {
    if (crowd.changed) tell_storm(crowd);
  }
}

Result<bool> Queue::answer_known(const events::Event& event, const Waiter& waiter,
                                 const Terms& terms, std::uint64_t now) {
  if (const Grant* const known = grants_.find(waiter, now)) {
    auto reached = answerer_.answer(waiter, known->scope, known->verdict, known->expires);
    if (!reached) return reached.take_error();
    return true;  // answered, or ended: either way it does not wait
  }
  if (const Grant* const pattern = grants_.use(event, now)) {
    auto reached = answerer_.answer(waiter, GH_SCOPE_ONCE, pattern->verdict, 0);
    if (!reached) return reached.take_error();
    Entry entry;
    entry.first = event;
    if (*reached) tell_granted(entry, *pattern, 1);
    return true;
  }
  if (!terms.at_once) return false;
  auto reached = answerer_.answer(waiter, GH_SCOPE_ONCE, *terms.at_once, 0);
  if (!reached) return reached.take_error();
  Entry entry;
  entry.first = event;
  if (*reached) {
    report(entry, events::ApprovalAnswered{0,
                                           entry.ask().access,
                                           entry.ask().object,
                                           *terms.at_once,
                                           GH_SCOPE_ONCE,
                                           0,
                                           1,
                                           {events::Approver::Kind::policy, 0, 0, {}},
                                           {},
                                           0,
                                           {}});
  }
  return true;
}

}  // namespace gatehouse::approvals
