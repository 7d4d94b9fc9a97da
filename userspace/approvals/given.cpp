// SPDX-License-Identifier: Apache-2.0
// What becomes of answers after they were given: restored, recorded, taken back. One must never be said to be
// taken back while the kernel still goes by it.
#include <algorithm>

#include "approvals/meaning.h"
#include "approvals/queue.h"

namespace gatehouse::approvals {

Grant Queue::grant_of(const Entry& entry, const Answer& answer, std::uint64_t now) {
  Grant grant;
  grant.scope = answer.scope;
  grant.verdict = answer.verdict;
  if (answer.for_ms != 0) grant.expires = now + std::min(answer.for_ms, kMostMs) * 1'000'000;
  grant.access = entry.ask().access;
  grant.object = entry.ask().object.text;
  grant.argv = entry.ask().argv;
  grant.rule = entry.ask().rule.id;
  grant.given = now;
  grant.by = answer.by;
  grant.message = answer.message;
  grant.pattern = answer.pattern;
  grant.meaning = answer.meaning;
  return grant;
}

// An answer that was given before has answered these, too.
void Queue::tell_granted(const Entry& entry, const Grant& grant, std::size_t waiting) {
  events::Approver by = grant.by;
  by.kind = events::Approver::Kind::grant;
  report(entry, events::ApprovalAnswered{entry.id, entry.ask().access, entry.ask().object,
                                         grant.verdict, GH_SCOPE_ONCE, 0, waiting, by,
                                         grant.message, grant.id, grant.pattern});
}

// Kept first, so that what asks meanwhile is covered; then whoever waits for what it covers goes on.
std::optional<Refusal> Queue::answer_pattern(Slots::iterator slot, const Answer& answer,
                                             std::uint64_t now) {
  const std::uint64_t id = slot->first;
  const Entry entry = slot->second.entry;
  const std::uint64_t session = entry.first.session.serial;
  if (answer.scope != GH_SCOPE_SESSION)
    return Refusal{"a pattern is for the whole session", "use --scope session, or --for 10m"};
  if (!grants_.has_room_for_pattern(session, now))
    return Refusal{"this session has " + std::to_string(Grants::kMostPatterns) + " patterns",
                   "take one back: see `gatehouse approvals grants`"};
  Grant grant = grant_of(entry, answer, now);
  grant.id = next_grant_++;
  grant.subject.session = session;
  grants_.keep(grant);
  changed_grants(session);
  note(entry, answer, false, now);
  report(entry, events::ApprovalAnswered{id, entry.ask().access, entry.ask().object, answer.verdict,
                                         answer.scope, answer.for_ms, entry.waiting, answer.by,
                                         answer.message, grant.id, grant.pattern});
  std::vector<std::uint64_t> covered;
  for (auto at = ids_.lower_bound({session, 0, {}});
       at != ids_.end() && std::get<0>(at->first) == session; ++at) {
    const events::Ask& ask = slots_.at(at->second).entry.ask();
    if (ask.rule.id == grant.rule && grant.meaning->covers(ask)) covered.push_back(at->second);
  }
  Grant once = grant;
  once.scope = GH_SCOPE_ONCE;
  once.expires = 0;
  for (const std::uint64_t one : covered) {
    const auto found = slots_.find(one);
    const Outcome outcome = deliver(found->second, once);
    if (one != id && outcome.delivered != 0)
      tell_granted(found->second.entry, grant, outcome.delivered);
    if (outcome.failure)
      return Refusal{outcome.failure->what, "the answer holds, but some still wait; answer them"};
    close(found);
  }
  return std::nullopt;
}

void Queue::changed_grants(std::uint64_t session) {
  if (grants_changed_) grants_changed_(session);
}

void Queue::restore(Grant grant) {
  if (grant.id == 0) grant.id = next_grant_++;
  const std::uint64_t session = grant.subject.session;
  grants_.keep(std::move(grant));
  changed_grants(session);
}

std::optional<Refusal> Queue::revoke(std::uint64_t id, const events::Session& session,
                                     const events::Approver& by) {
  const Grant* const found = grants_.find(id);
  if (found == nullptr) {
    return Refusal{"there is no answer " + std::to_string(id) + " that still holds",
                   "`gatehouse approvals grants` lists those that do"};
  }
  const Grant grant = *found;
  auto taken = grant.meaning != nullptr ? Result<bool>(true)  // not in the kernel
                                        : answerer_.take_back(grant.subject, grant.scope);
  if (!taken) return Refusal{taken.error().what, "it still holds; try again"};
  grants_.forget(id);
  changed_grants(grant.subject.session);
  if (report_) {
    events::Event event;
    event.session = session;
    events::GrantRevoked body{id, grant.access, {}, grant.verdict, grant.scope, by, grant.pattern};
    body.object.text = grant.object;
    event.body = std::move(body);
    report_(std::move(event));
  }
  return std::nullopt;
}

}  // namespace gatehouse::approvals
