// SPDX-License-Identifier: Apache-2.0
// Requests on sessions that exist: shown, steered, explained. It must never tell a peer of a session that
// is not its own, not even that there is one.
#include "daemon/requests.h"

#include <algorithm>
#include <type_traits>
#include <variant>

#include "daemon/show.h"
#include "sinks/jsonl.h"

namespace gatehouse::daemon {

bool may_steer(const control::Peer& peer, uid_t owner) {
  return peer.uid == 0 || peer.uid == owner;
}

namespace {

bool is_in(const control::Peer& peer, std::optional<gid_t> group) {
  return group && (peer.gid == *group ||
                   std::find(peer.groups.begin(), peer.groups.end(), *group) != peer.groups.end());
}

// The `run` that began the session: its connection lives as long, so that its pid is no other's.
bool is_at_terminal(const control::Peer& peer, const LiveSession& live) {
  return live.runner != 0 && live.runner == static_cast<std::uint32_t>(peer.pid);
}

}  // namespace

Requests::Requests(Controller& controller, RequestOptions options)
    : controller_(controller), options_(std::move(options)) {
  controller_.watch_approvals([this](approvals::Change change, const approvals::Entry& entry) {
    tell_watchers(change, entry);
  });
  controller_.reviewing().when_open([this](const approvals::Entry& entry) {
    const auto watchers = watchers_;
    for (const auto& [number, watcher] : watchers)
      show(watcher, entry);
  });
}

Requests::~Requests() {
  controller_.watch_approvals({});
  controller_.reviewing().when_open({});
}

bool Requests::is_agent_cgroup(const std::string& cgroup) const {
  const auto inside = [&](const std::string& root) {
    return cgroup == root || cgroup.starts_with(root + "/");
  };
  for (const auto& [serial, live] : controller_.sessions())
    if (inside(live->cgroup.below())) return true;
  // Sessions of every gate, not of ours alone: an agent of one must not speak to another's controller.
  const std::string& root = controller_.enforcement().root().below();
  return inside(root.substr(0, root.rfind('/')));
}

void Requests::handle(control::Operation operation, std::vector<UniqueFd> fds,
                      const control::Peer& peer, control::Responder responder) {
  const Call call{fds, peer, responder};
  std::visit([&](const auto& op) { serve(op, call); }, operation);
}

bool Requests::may_answer(const control::Peer& peer, uid_t owner) const {
  return may_steer(peer, owner) || is_in(peer, options_.approvers);
}

bool Requests::may_see(const control::Peer& peer, uid_t owner) const {
  return may_answer(peer, owner) || is_in(peer, options_.readers);
}

LiveSession* Requests::owned(const std::string& session, const Call& call) {
  LiveSession* const live = controller_.find(session);
  if (live != nullptr && may_steer(call.peer, live->record.owner)) return live;
  return no_session(session, call);
}

LiveSession* Requests::seen(const std::string& session, const Call& call) {
  LiveSession* const live = controller_.find(session);
  if (live != nullptr && may_see(call.peer, live->record.owner)) return live;
  return no_session(session, call);
}

LiveSession* Requests::no_session(const std::string& session, const Call& call) {
  call.responder.refuse(
      {"there is no session `" + session + "`", "`gatehouse sessions` lists them", {}});
  return nullptr;
}

void Requests::serve(const control::Status&, const Call& call) {
  call.responder.result({{"version", GH_VERSION},
                         {"gate", controller_.enforcement().root().below()},
                         {"flavor", controller_.enforcement().flavor()},
                         {"may_begin", options_.may_begin},
                         {"sessions", controller_.sessions().size()},
                         {"waiting", controller_.queue().waiting()},
                         {"events", controller_.ledger().received()},
                         {"lost", controller_.ledger().lost()}});
}

void Requests::serve(const control::Sessions&, const Call& call) {
  control::Json all = control::Json::array();
  for (const auto& [serial, live] : controller_.sessions())
    if (may_see(call.peer, live->record.owner)) all.push_back(session_json(*live));
  call.responder.result({{"sessions", std::move(all)}});
}

void Requests::serve(const control::Pause& op, const Call& call) {
  LiveSession* const live = owned(op.session, call);
  if (live == nullptr) return;
  if (auto done = controller_.pause(live->record.serial); !done)
    return call.responder.refuse(
        {done.error().what, "it goes on; look for a process in state D", {}});
  call.responder.result({{"session", live->record.serial}});
}

void Requests::serve(const control::Resume& op, const Call& call) {
  LiveSession* const live = owned(op.session, call);
  if (live == nullptr) return;
  if (auto done = controller_.resume(live->record.serial); !done)
    return call.responder.refuse({done.error().what, "", {}});
  call.responder.result({{"session", live->record.serial}});
}

void Requests::serve(const control::Kill& op, const Call& call) {
  LiveSession* const live = owned(op.session, call);
  if (live == nullptr) return;
  if (auto done = live->cgroup.kill(); !done)
    return call.responder.refuse({done.error().what, "", {}});
  (void)live->cgroup.thaw();  // a frozen cgroup dies only when it is thawed, before 5.14
  live->paused = false;
  call.responder.result({{"session", live->record.serial}});
}

void Requests::serve(const control::ApprovalsList& op, const Call& call) {
  std::uint64_t serial = 0;
  if (!op.session.empty()) {
    const LiveSession* const live = seen(op.session, call);
    if (live == nullptr) return;
    serial = live->record.serial;
  }
  controller_.tick();  // whoever is stopped by now has been announced
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
  if (change != approvals::Change::closed) return;
  const auto watchers = watchers_;  // one may go while it is told
  for (const auto& [number, watcher] : watchers)
    if (shows(watcher, entry.first.session.serial))
      watcher.responder.item(control::Json({{"closed", {{"approval", entry.id}}}}).dump());
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
    if (const auto* ask = std::get_if<events::Ask>(&event.body); ask != nullptr) {
      if (const auto* entry = controller_.queue().find(ask->approval)) show(watcher, *entry);
    } else if (std::holds_alternative<events::ApprovalAnswered>(event.body) ||
               std::holds_alternative<events::ApprovalExpired>(event.body) ||
               std::holds_alternative<events::ApprovalReview>(event.body) ||
               std::holds_alternative<events::AskGone>(event.body)) {
      if (shows(watcher, event.session.serial))
        watcher.responder.item("{\"event\":" + sinks::jsonl(event) + "}");
    }
  });
  const auto number = ++next_watcher_;
  watchers_.emplace(number, std::move(watcher));
  call.responder.when_closed([this, listener, number] {
    controller_.forget(listener);
    watchers_.erase(number);
  });
}

void Requests::serve(const control::ApprovalsAnswer& op, const Call& call) {
  const auto* entry = controller_.queue().find(op.id);
  const LiveSession* const live =
      entry == nullptr ? nullptr : controller_.find(entry->first.session.serial);
  if (live == nullptr || !may_see(call.peer, live->record.owner))
    return call.responder.refuse({"no approval " + std::to_string(op.id) + " is waiting",
                                  "`gatehouse approvals list` shows what is",
                                  {}});
  if (!may_answer(call.peer, live->record.owner))
    return call.responder.refuse({"you may read approvals, and not answer them",
                                  "the daemon's configuration names who may",
                                  {}});
  approvals::Answer answer;
  answer.verdict = op.allow ? GH_ALLOW : GH_DENY;
  answer.scope = op.scope ? static_cast<int>(*op.scope) : GH_SCOPE_ONCE;
  answer.for_ms = op.for_ms;
  answer.message = op.message;
  answer.by = {events::Approver::Kind::person, call.peer.uid,
               static_cast<std::uint32_t>(call.peer.pid), call.peer.comm};
  const auto outcome =
      controller_.reviewing().answer(op.id, answer, is_at_terminal(call.peer, *live));
  if (const auto* refused = std::get_if<approvals::Refusal>(&outcome))
    return call.responder.refuse({refused->message, refused->hint, {}});
  const auto& taken = std::get<Reviewing::Taken>(outcome);
  control::Json result = {{"approval", op.id}, {"released", taken.released}};
  if (taken.approvers > 1) {
    result["allowed"] = taken.allowed;
    result["approvers"] = taken.approvers;
  }
  call.responder.result(result);
}

void Requests::serve(const control::EventsFollow& op, const Call& call) {
  std::uint64_t only = 0;
  if (!op.session.empty()) {
    const LiveSession* const live = seen(op.session, call);
    if (live == nullptr) return;
    only = live->record.serial;
  }
  const auto wanted = [this, only, peer = call.peer](const events::Event& event) {
    if (only != 0 && event.session.serial != only) return false;
    if (peer.uid == 0) return true;
    const LiveSession* const live = controller_.find(event.session.serial);
    return live != nullptr && may_see(peer, live->record.owner);
  };
  const auto& recent = controller_.recent();
  std::vector<const events::Event*> past;
  for (auto event = recent.rbegin(); event != recent.rend() && past.size() < op.backlog; ++event)
    if (wanted(*event)) past.push_back(&*event);
  for (auto event = past.rbegin(); event != past.rend(); ++event)
    call.responder.item(sinks::jsonl(**event));
  if (!op.follow) return call.responder.result({{"shown", past.size()}});
  const auto number =
      controller_.listen([wanted, responder = call.responder](const events::Event& event) {
        if (wanted(event)) responder.item(sinks::jsonl(event));
      });
  call.responder.when_closed([this, number] { controller_.forget(number); });
}

void Requests::serve(const control::Why& op, const Call& call) {
  const LiveSession* live = nullptr;
  if (call.peer.agent) {
    for (const auto& [serial, one] : controller_.sessions())
      if (call.peer.cgroup == one->cgroup.below() ||
          call.peer.cgroup.starts_with(one->cgroup.below() + "/"))
        live = one.get();
    if (live == nullptr)
      return call.responder.refuse({"you are in no session of this controller", "", {}});
  } else if (op.last && op.session.empty()) {
    for (const auto& [serial, one] : controller_.sessions())
      if (may_steer(call.peer, one->record.owner) && !one->denials.empty() &&
          (live == nullptr || one->denials.back().time > live->denials.back().time))
        live = one.get();
    if (live == nullptr)
      return call.responder.refuse({"nothing has been refused in a session in force", "", {}});
  } else {
    live = owned(op.session, call);
    if (live == nullptr) return;
  }
  if (op.last) {
    if (live->denials.empty())
      return call.responder.refuse({"nothing has been refused in this session", "", {}});
    return call.responder.result(control::Json::parse(sinks::jsonl(live->denials.back())));
  }
  auto why = explain(live->tables, op.access, op.object);
  if (const auto* refusal = std::get_if<control::Refusal>(&why))
    return call.responder.refuse(*refusal);
  call.responder.result(std::get<control::Json>(why));
}

}  // namespace gatehouse::daemon
