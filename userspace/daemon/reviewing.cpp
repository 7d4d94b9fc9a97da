// SPDX-License-Identifier: Apache-2.0
// The rules behind reviewing.h. A denial needs nobody's turn and no second person: it must never wait.
#include "daemon/reviewing.h"

#include <unistd.h>

#include <algorithm>

#include "daemon/show.h"
#include "events/words.h"
#include "kernel/memory.h"

namespace gatehouse::daemon {
namespace {

using approvals::Refusal;
using events::ApprovalReview;
using policy::Reviewer;

events::Approver::Kind kind_of(const Reviewer& reviewer) {
  return reviewer.kind == Reviewer::Kind::command ? events::Approver::Kind::command
                                                  : events::Approver::Kind::webhook;
}

std::string called(const Reviewer& reviewer) {
  switch (reviewer.kind) {
    case Reviewer::Kind::prompt:
      return "prompt";
    case Reviewer::Kind::socket:
      return "socket";
    case Reviewer::Kind::command:
    case Reviewer::Kind::webhook:
      break;
  }
  return std::string(events::approver_word(kind_of(reviewer))) + " " + reviewer.name;
}

}  // namespace

Reviewing::Reviewing(Loop& loop, approvals::Queue& queue, events::Processes& processes,
                     PanelOf panel_of, Report report)
    : queue_(queue),
      processes_(processes),
      panel_of_(std::move(panel_of)),
      report_(std::move(report)),
      programs_(
          loop,
          [this](std::uint64_t id, const Reviewer& reviewer) {
            const auto* const entry = queue_.find(id);
            if (entry == nullptr) return Assignment{};  // it is over
            control::Json ask = {{"v", control::kVersion}};
            ask.update(json(*entry));
            return Assignment{approver(id, reviewer).uid, ask.dump()};
          },
          [this](std::uint64_t id, const reviewers::Verdict& verdict) {
            chain_.answered(id, verdict, kernel::ktime());
            turn();
          }),
      chain_(
          programs_,
          {[this](auto id, const auto& by, const auto& said) { return decided(id, by, said); },
           [this](auto id, const auto& by, const auto& failure, auto) { passed(id, by, failure); },
           [this](auto id, const auto& by, auto verdict) { settled(id, by, verdict); },
           [this](auto id) {
             const auto* const entry = queue_.find(id);
             if (entry != nullptr && opened_) opened_(*entry);
           }}) {}

void Reviewing::note(approvals::Change change, const approvals::Entry& entry) {
  if (change == approvals::Change::opened || change == approvals::Change::closed)
    news_.emplace_back(change, entry.id);
}

void Reviewing::turn() {
  const std::uint64_t now = kernel::ktime();
  const auto news = std::exchange(news_, {});
  for (const auto& [change, id] : news) {
    const auto* const entry = queue_.find(id);
    if (change == approvals::Change::closed) {
      chain_.drop(id, now);
      votes_.forget(id);
    } else if (entry != nullptr) {
      // A storm is nobody's single question: no program is asked.
      chain_.add(id,
                 entry->storm ? std::make_shared<const reviewers::Panel>()
                              : panel_of_(entry->first.session.serial),
                 now);
    }
  }
  chain_.expire(now);
  programs_.turn();
}

bool Reviewing::has_allowed(std::uint64_t id, uid_t uid) const {
  events::Approver person;
  person.uid = uid;
  const auto given = votes_.of(id);
  return std::any_of(given.begin(), given.end(), [&](const events::Approver& one) {
    return reviewers::same_approver(one, person);
  });
}

events::Approver Reviewing::approver(std::uint64_t id, const Reviewer& reviewer) const {
  const auto panel = chain_.panel(id);
  // The host's own posts are its own; all else is done with the rights of the session's owner.
  const bool as_host = panel->of_host && reviewer.kind == Reviewer::Kind::webhook;
  return {kind_of(reviewer), as_host ? ::geteuid() : panel->owner, 0, {}, reviewer.name};
}

control::Json Reviewing::json(const approvals::Entry& entry) const {
  auto out = approval_json(entry, processes_);
  const auto panel = chain_.panel(entry.id);
  if (panel == nullptr) return out;
  if (const auto* const link = chain_.turn(entry.id)) out["turn"] = called(*link);
  if (panel->approvers == 1) return out;
  out["approvers"] = panel->approvers;
  auto allowed = control::Json::array();
  for (const auto& by : votes_.of(entry.id))
    allowed.push_back(approver_json(by));
  out["allowed_by"] = std::move(allowed);
  return out;
}

void Reviewing::report(std::uint64_t id, ApprovalReview::Result result, const events::Approver& by,
                       const std::string& why) {
  const auto* const entry = queue_.find(id);
  if (entry == nullptr) return;
  events::Event event;
  event.session = entry->first.session;
  event.policy = entry->first.policy;
  event.body = ApprovalReview{id, entry->ask().access, entry->ask().object, result, by, why};
  report_(std::move(event));
}

std::optional<Refusal> Reviewing::refusal(std::uint64_t id, const approvals::Answer& answer,
                                          bool at_terminal) const {
  const auto panel = chain_.panel(id);
  if (panel == nullptr && queue_.find(id) == nullptr) return std::nullopt;  // as the queue says
  if (panel == nullptr)
    return Refusal{"it is one of a storm, and its turn has not come",
                   "answer the questions before it, or deny it"};
  if (!panel->self_approval && answer.by.uid == panel->owner)
    return Refusal{"the policy does not let you allow what your own session asks for",
                   "somebody else must; you may deny it"};
  if (chain_.is_open(id, at_terminal)) return std::nullopt;
  const auto* const link = chain_.turn(id);
  return Refusal{"it is not your turn yet: it is with " +
                     (link == nullptr ? std::string("nobody") : called(*link)),
                 "wait until it is passed on, or deny it"};
}

std::variant<Reviewing::Taken, Refusal> Reviewing::answer(std::uint64_t id,
                                                          const approvals::Answer& answer,
                                                          bool at_terminal) {
  turn();
  if (answer.verdict == GH_ALLOW) {
    if (auto refused = refusal(id, answer, at_terminal)) return *refused;
    return allow(id, answer);
  }
  const auto* const entry = queue_.find(id);
  const std::size_t waiting = entry == nullptr ? 0 : entry->waiting;
  if (auto refused = queue_.answer(id, answer, kernel::ktime())) return *refused;
  turn();
  return Taken{waiting, 0, 1};
}

std::variant<Reviewing::Taken, Refusal> Reviewing::allow(std::uint64_t id,
                                                         approvals::Answer answer) {
  const auto* const entry = queue_.find(id);
  if (auto refused = queue_.refusal(id, answer)) return *refused;
  const auto panel = chain_.panel(id);
  const unsigned approvers = panel->approvers;
  if (approvers > 1 && answer.meaning)
    return Refusal{"a pattern cannot be allowed where several must allow",
                   "answer for this one, without a pattern"};
  reviewers::Vote vote{answer.by, answer.scope, answer.for_ms, answer.message};
  const auto outcome = votes_.cast(id, approvers, vote);
  const std::size_t allowed = votes_.of(id).size();
  if (outcome == reviewers::Votes::Outcome::again)
    return Refusal{"you have allowed it already", "another person must allow it too"};
  if (outcome == reviewers::Votes::Outcome::more) {
    report(id, ApprovalReview::Result::allowed, answer.by, {});
    return Taken{0, allowed, approvers};
  }
  answer.scope = vote.scope;
  answer.for_ms = vote.for_ms;
  answer.message = vote.message;
  const std::size_t waiting = entry->waiting;
  if (auto refused = queue_.answer(id, answer, kernel::ktime())) {
    votes_.withdraw(id, answer.by);
    return *refused;
  }
  turn();
  return Taken{waiting, allowed, approvers};
}

bool Reviewing::decided(std::uint64_t id, const Reviewer& by, const reviewers::Decision& decision) {
  const auto* const entry = queue_.find(id);
  const auto panel = chain_.panel(id);
  if (entry == nullptr) return true;
  approvals::Answer answer;
  answer.by = approver(id, by);
  answer.message = decision.message;
  answer.for_ms = decision.for_ms;
  answer.scope = std::min(decision.scope, entry->terms.remember);
  if (decision.verdict == reviewers::Decision::Verdict::deny)
    return !queue_.answer(id, answer, kernel::ktime());
  answer.verdict = GH_ALLOW;
  if (!panel->self_approval && !panel->of_host) {
    report(id, ApprovalReview::Result::failed, answer.by,
           "the policy does not let the session's owner allow, whose reviewer it is");
    return false;
  }
  const auto outcome = allow(id, answer);
  const auto* const taken = std::get_if<Taken>(&outcome);
  return taken != nullptr && taken->released != 0;
}

void Reviewing::passed(std::uint64_t id, const Reviewer& by, const std::string& failure) {
  if (!by.automatic()) return;
  report(id, failure.empty() ? ApprovalReview::Result::passed : ApprovalReview::Result::failed,
         approver(id, by), failure);
}

void Reviewing::settled(std::uint64_t id, const Reviewer& by, gh_verdict verdict) {
  approvals::Answer answer;
  answer.verdict = verdict;
  answer.by.kind = events::Approver::Kind::policy;
  answer.message = called(by) + " did not answer, and the policy decides then";
  if (!queue_.answer(id, answer, kernel::ktime())) chain_.drop(id, kernel::ktime());
}

}  // namespace gatehouse::daemon
