// SPDX-License-Identifier: Apache-2.0
// Requests on asks and answers: listed, watched, answered, taken back. Who answers is who the kernel says is at
// the other end: it must never be who the request says.
#include <variant>

#include "daemon/requests.h"
#include "daemon/show.h"
#include "sinks/jsonl.h"

namespace gatehouse::daemon {
namespace {

// The `run` that began the session: its connection lives as long, so that its pid is no other's.
bool is_at_terminal(const control::Peer& peer, const LiveSession& live) {
  return live.runner != 0 && live.runner == static_cast<std::uint32_t>(peer.pid);
}

}  // namespace

void Requests::serve(const control::ApprovalsList& op, const Call& call) {
  std::uint64_t serial = 0;
  if (!op.session.empty()) {
    const LiveSession* const live = seen(op.session, call);
    if (live == nullptr) return;
    serial = live->record.serial;
  }
  controller_.tick();  // whoever is stopped by now has been announced
  controller_.queue().catch_up();
  // A storm of asks must not make a reply that no client takes: what does not fit is counted.
  constexpr std::size_t kMostBytes = 8u << 20;
  control::Json all = control::Json::array();
  std::size_t bytes = 0, more = 0;
  for (const auto* entry : controller_.queue().list(serial)) {
    const LiveSession* const live = controller_.find(entry->first.session.serial);
    if (live == nullptr || !may_see(call.peer, live->record.owner)) continue;
    if (bytes > kMostBytes) {
      more++;
      continue;
    }
    auto one = controller_.reviewing().json(*entry);
    bytes += one.dump().size();
    all.push_back(std::move(one));
  }
  control::Json result = {{"approvals", std::move(all)}};
  if (more != 0) result["more"] = more;
  call.responder.result(result);
}

bool Requests::shows(const Watcher& watcher, std::uint64_t serial) const {
  const LiveSession* const live = controller_.find(serial);
  return live != nullptr && may_see(watcher.peer, live->record.owner) &&
         (watcher.only == 0 || watcher.only == serial);
}

void Requests::tell_watchers(approvals::Change change, const approvals::Entry& entry) {
  if (change == approvals::Change::left) return;
  const auto watchers = watchers_;  // one may go while it is told
  for (const auto& [number, watcher] : watchers) {
    if (change != approvals::Change::closed)
      show(watcher, entry);
    else if (shows(watcher, entry.first.session.serial))
      watcher.responder.item(control::Json({{"closed", {{"approval", entry.id}}}}).dump());
  }
}

void Requests::show(const Watcher& watcher, const approvals::Entry& entry) {
  const std::uint64_t serial = entry.first.session.serial;
  if (!shows(watcher, serial)) return;
  const bool at_terminal = is_at_terminal(watcher.peer, *controller_.find(serial));
  if (!controller_.reviewing().is_open(entry.id, at_terminal)) return;
  watcher.responder.item(control::Json({{"approval", controller_.reviewing().json(entry)}})
                             .dump(-1, ' ', false, control::Json::error_handler_t::replace));
}

void Requests::serve(const control::ApprovalsWatch& op, const Call& call) {
  Watcher watcher{0, call.peer, call.responder};
  if (!op.session.empty()) {
    const LiveSession* const live = seen(op.session, call);
    if (live == nullptr) return;
    watcher.only = live->record.serial;
  }
  for (const auto* entry : controller_.queue().list(watcher.only))
    show(watcher, *entry);
  const auto listener = controller_.listen([this, watcher](const events::Event& event) {
    const bool tells = std::holds_alternative<events::ApprovalAnswered>(event.body) ||
                       std::holds_alternative<events::ApprovalExpired>(event.body) ||
                       std::holds_alternative<events::ApprovalReview>(event.body) ||
                       std::holds_alternative<events::AskGone>(event.body);
    if (tells && shows(watcher, event.session.serial))
      watcher.responder.item("{\"event\":" + sinks::jsonl(event) + "}");
  });
  const auto number = ++next_watcher_;
  watchers_.emplace(number, std::move(watcher));
  call.responder.when_closed([this, listener, number] {
    controller_.forget(listener);
    watchers_.erase(number);
  });
}

events::Approver Requests::approver_of(const control::Peer& peer) {
  return {events::Approver::Kind::person, peer.uid, static_cast<std::uint32_t>(peer.pid),
          peer.comm};
}

std::pair<const approvals::Entry*, LiveSession*> Requests::answerable(std::uint64_t id,
                                                                      const Call& call) {
  const auto* entry = controller_.queue().find(id);
  LiveSession* const live =
      entry == nullptr ? nullptr : controller_.find(entry->first.session.serial);
  if (live != nullptr && may_answer(call.peer, live->record.owner)) return {entry, live};
  if (live != nullptr && may_see(call.peer, live->record.owner)) {
    call.responder.refuse({"you may read approvals, and not answer them",
                           "the daemon's configuration names who may",
                           {}});
    return {nullptr, nullptr};
  }
  call.responder.refuse({"no approval " + std::to_string(id) + " is waiting",
                         "`gatehouse approvals list` shows what is",
                         {}});
  return {nullptr, nullptr};
}

void Requests::serve(const control::ApprovalsAnswer& op, const Call& call) {
  const auto [entry, live] = answerable(op.id, call);
  if (entry == nullptr) return;
  approvals::Answer answer;
  answer.verdict = op.allow ? GH_ALLOW : GH_DENY;
  answer.scope = op.scope ? static_cast<int>(*op.scope) : GH_SCOPE_ONCE;
  answer.for_ms = op.for_ms;
  answer.message = op.message;
  answer.by = approver_of(call.peer);
  if (!op.pattern.empty()) {
    auto meaning = controller_.meaning_of(*live, entry->ask(), op.pattern, answer.verdict);
    if (const auto* refused = std::get_if<approvals::Refusal>(&meaning))
      return call.responder.refuse({refused->message, refused->hint, {}});
    answer.pattern = op.pattern;
    answer.meaning = std::make_shared<const approvals::Meaning>(
        std::get<approvals::Meaning>(std::move(meaning)));
  }
  const auto outcome =
      controller_.reviewing().answer(op.id, answer, is_at_terminal(call.peer, *live));
  if (const auto* refused = std::get_if<approvals::Refusal>(&outcome))
    return call.responder.refuse({refused->message, refused->hint, {}});
  controller_.save_grants();
  const auto& taken = std::get<Reviewing::Taken>(outcome);
  control::Json result = {{"approval", op.id}, {"released", taken.released}};
  if (taken.approvers > 1) {
    result["allowed"] = taken.allowed;
    result["approvers"] = taken.approvers;
  }
  call.responder.result(result);
}

void Requests::serve(const control::ApprovalsPreview& op, const Call& call) {
  const auto [entry, live] = answerable(op.id, call);
  if (entry == nullptr) return;
  if (entry->storm)
    return call.responder.refuse({"a storm is no single request: it has no rule", "", {}});
  const gh_verdict verdict = op.allow ? GH_ALLOW : GH_DENY;
  auto meaning = controller_.meaning_of(*live, entry->ask(), op.pattern, verdict);
  if (const auto* refused = std::get_if<approvals::Refusal>(&meaning))
    return call.responder.refuse({refused->message, refused->hint, {}});
  control::Json result = {{"approval", op.id}, {"alone", op.pattern.empty()}};
  result.update(preview_json(std::get<approvals::Meaning>(meaning), *entry, controller_.recent()));
  result.update(place_json(*entry, *live));
  control::Json suggestions = control::Json::array();
  for (const auto& pattern : approvals::suggested_patterns(entry->ask())) {
    auto broader = controller_.meaning_of(*live, entry->ask(), pattern, verdict);
    if (const auto* one = std::get_if<approvals::Meaning>(&broader)) {
      auto json = preview_json(*one, *entry, controller_.recent());
      suggestions.push_back({{"pattern", pattern}, {"past", json["past"].size()}});
    }
  }
  result["suggestions"] = std::move(suggestions);
  call.responder.result(result);
}

void Requests::serve(const control::ApprovalsGrants& op, const Call& call) {
  std::uint64_t serial = 0;
  if (!op.session.empty()) {
    const LiveSession* const live = owned(op.session, call);
    if (live == nullptr) return;
    serial = live->record.serial;
  }
  controller_.tick();  // those of processes that have ended are no more
  control::Json all = control::Json::array();
  const std::uint64_t now = kernel::ktime();
  for (const auto* grant : controller_.queue().grants().list(serial, now)) {
    const LiveSession* const live = controller_.find(grant->subject.session);
    if (live != nullptr && may_steer(call.peer, live->record.owner))
      all.push_back(grant_json(*grant, *live, now));
  }
  call.responder.result({{"grants", std::move(all)}});
}

void Requests::serve(const control::ApprovalsRevoke& op, const Call& call) {
  const auto* grant = controller_.queue().grants().find(op.id);
  const LiveSession* const live =
      grant == nullptr ? nullptr : controller_.find(grant->subject.session);
  if (live == nullptr || !may_steer(call.peer, live->record.owner))
    return call.responder.refuse({"there is no answer " + std::to_string(op.id) + " that holds",
                                  "`gatehouse approvals grants` lists those that do",
                                  {}});
  if (auto refused = controller_.queue().revoke(op.id, session_of(*live), approver_of(call.peer)))
    return call.responder.refuse({refused->message, refused->hint, {}});
  controller_.save_grants();
  call.responder.result({{"grant", op.id}});
}

}  // namespace gatehouse::daemon
