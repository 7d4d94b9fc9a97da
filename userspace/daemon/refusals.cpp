// SPDX-License-Identifier: Apache-2.0
// Receipts behind refusals.h. A sentence must never advise a way around the policy: only what is allowed
// anyway, or whom to ask.
#include "daemon/refusals.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/quote.h"
#include "events/words.h"
#include "sinks/jsonl.h"

namespace gatehouse::daemon {
namespace {

using events::ApprovalAnswered;
using events::ApprovalExpired;

const events::Judged& judged(const events::Event& event) {
  return std::get<events::Decision>(event.body);
}

// Calls `use` with the answer, of whichever kind it is; false when it is none.
template <typename Use>
bool with_answer(const events::Event& event, Use use) {
  if (const auto* answered = std::get_if<ApprovalAnswered>(&event.body))
    return use(*answered), true;
  if (const auto* expired = std::get_if<ApprovalExpired>(&event.body)) return use(*expired), true;
  return false;
}

void keep(std::deque<events::Event>& all, const events::Event& event) {
  all.push_back(event);
  if (all.size() > Refusals::kMost) all.pop_front();
}

std::string request_of(const events::Judged& refused) {
  return quote(std::string(events::access_word(refused.access)) + " " + refused.object.text, 200);
}

std::string by_a_rule(const events::Judged& refused) {
  return "the policy forbids this, and the same request will be refused again: do without it, or "
         "ask "
         "the person whom you work for to change rule " +
         quote(refused.rule.id) + " of " + quote(refused.rule.layer);
}

std::string by_an_answer(const events::Event* answer) {
  const auto* given = answer == nullptr ? nullptr : std::get_if<ApprovalAnswered>(&answer->body);
  if (answer != nullptr && given == nullptr)
    return "nobody answered in time: say what you need this for, and try again when a person is "
           "there";
  if (given != nullptr && given->by.kind == events::Approver::Kind::policy && given->approval == 0)
    return "this session asks nobody, so that all that needs an approval is refused: do without "
           "it, or "
           "ask for a session that may ask (--on-ask prompt or wait)";
  if (given != nullptr && !given->message.empty())
    return "a person refused this, and said why (message): go by that, and do not try the same "
           "again "
           "before you have talked to them";
  return "a person refused this: do not try the same again before you have talked to them";
}

}  // namespace

std::string what_to_do(const events::Judged& refused, const events::Event* answer) {
  switch (refused.reason) {
    case GH_REASON_RULE:
    case GH_REASON_HELD:
      return by_a_rule(refused);
    case GH_REASON_DEFAULT:
      return "no rule of the policy allows this, and the same request will be refused again: do "
             "without it, or ask the person whom you work for a rule that allows " +
             request_of(refused);
    case GH_REASON_ANSWER:
      return by_an_answer(answer);
    case GH_REASON_UNATTENDED:
      return "this needs an approval and nobody was there to give one: try again when a controller "
             "of Gatehouse runs";
    case GH_REASON_ASKS_FULL:
      return "too many requests wait for a person: wait until they are answered, and try again";
    case GH_REASON_NO_RESTART:
    case GH_REASON_NO_SIGNAL:
      return "this needs an approval and cannot be held until one is given: do the same by "
             "ordinary "
             "system calls, without io_uring";
    case GH_REASON_UNNAMED:
      return "programs without a path are refused: write it to a file that you may run, and run "
             "that";
    case GH_REASON_GAINS:
      return "a new name must not allow what the old one forbids: copy what you may read, in place "
             "of linking or renaming it";
    case GH_REASON_MOVES:
      return "other rules hold where it would go: copy what is in the directory, in place of "
             "moving it";
    case GH_REASON_SELF:
      return "Gatehouse itself is out of reach of sessions, and no policy changes that: do without "
             "it";
    case GH_REASON_UNSTABLE:
    case GH_REASON_BUSY:
      return "it could not be judged at that moment: try again";
    case GH_REASON_DELETED:
    case GH_REASON_FOREIGN:
    case GH_REASON_DETACHED:
    case GH_REASON_TOO_LONG:
    case GH_REASON_FAULT:
    case GH_REASON_NO_TABLES:
      break;
  }
  return "what was asked for has no path that could be judged: name an existing file by its "
         "ordinary, "
         "absolute path, and try again";
}

void Refusals::take(const events::Event& event) {
  if (const auto* decision = std::get_if<events::Decision>(&event.body)) {
    if (decision->verdict != GH_ALLOW && !decision->audit) keep(refused_, event);
    return;
  }
  with_answer(event, [&](const auto& answer) {
    if (answer.verdict == GH_DENY) keep(answers_, event);
  });
}

std::int64_t Refusals::last_time() const { return refused_.empty() ? 0 : refused_.back().time; }

const events::Event* Refusals::answer_to(const events::Judged& refused) const {
  if (refused.reason != GH_REASON_ANSWER) return nullptr;
  for (auto event = answers_.rbegin(); event != answers_.rend(); ++event) {
    bool same = false;
    with_answer(*event, [&](const auto& answer) {
      same = answer.access == refused.access && answer.object.text == refused.object.text;
    });
    if (same) return &*event;
  }
  return nullptr;
}

control::Json Refusals::others(const events::Event& told, std::int64_t since) const {
  control::Json all = control::Json::array();
  const auto key_of = [](const events::Judged& one) {
    return std::pair(one.access, one.object.text);
  };
  std::set<std::pair<gh_access, std::string>> seen{key_of(judged(told))};
  for (auto event = refused_.rbegin(); event != refused_.rend(); ++event) {
    if (event->time < since || all.size() == kMostOthers) break;
    const auto& one = judged(*event);
    if (!seen.insert(key_of(one)).second) continue;
    auto whole = control::Json::parse(sinks::jsonl(*event));
    control::Json brief;
    for (const char* member :
         {"time", "pid", "comm", "access", "object", "verdict", "rule", "rule_reason", "reason"})
      if (whole.contains(member)) brief[member] = std::move(whole[member]);
    all.push_back(std::move(brief));
  }
  return all;
}

std::optional<control::Json> Refusals::receipt(std::int64_t since) const {
  if (refused_.empty() || refused_.back().time < since) return std::nullopt;
  const auto& last = refused_.back();
  const auto* answer = answer_to(judged(last));
  auto out = control::Json::parse(sinks::jsonl(last));
  if (answer != nullptr) {
    const auto* given = std::get_if<ApprovalAnswered>(&answer->body);
    with_answer(*answer, [&](const auto& one) {
      if (one.approval != 0) out["approval"] = one.approval;
    });
    out["answered_by"] = given == nullptr                                   ? "timeout"
                         : given->by.kind == events::Approver::Kind::policy ? "policy"
                         : given->by.name.empty()                           ? "person"
                                                                            : "reviewer";
    if (given != nullptr && !given->message.empty()) out["message"] = given->message;
  }
  out["what_to_do"] = what_to_do(judged(last), answer);
  out["others"] = others(last, since);
  return out;
}

}  // namespace gatehouse::daemon
