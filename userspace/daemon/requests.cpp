// SPDX-License-Identifier: Apache-2.0
// Requests on sessions that exist: shown, steered, explained. It must never tell a peer of a session that
// is not its own, not even that there is one.
#include "daemon/requests.h"

#include <algorithm>
#include <type_traits>
#include <variant>

#include "daemon/show.h"
#include "events/time.h"
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

const LiveSession* Requests::own(const control::Peer& peer) const {
  for (const auto& [serial, live] : controller_.sessions())
    if (peer.cgroup == live->cgroup.below() || peer.cgroup.starts_with(live->cgroup.below() + "/"))
      return live.get();
  return nullptr;
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
  if (op.last) controller_.tick();  // what the asker was refused a moment ago has been heard of
  const LiveSession* live = nullptr;
  if (call.peer.agent) {
    live = own(call.peer);
    if (live == nullptr)
      return call.responder.refuse({"you are in no session of this controller", "", {}});
  } else if (op.last && op.session.empty()) {
    for (const auto& [serial, one] : controller_.sessions())
      if (may_steer(call.peer, one->record.owner) && one->refusals.last_time() != 0 &&
          (live == nullptr || one->refusals.last_time() > live->refusals.last_time()))
        live = one.get();
    if (live == nullptr)
      return call.responder.refuse({"nothing has been refused in a session in force", "", {}});
  } else {
    live = owned(op.session, call);
    if (live == nullptr) return;
  }
  if (op.last) {
    const auto within = static_cast<std::int64_t>(std::min(op.within_ms, approvals::kMostMs));
    const auto since = within == 0 ? 0 : events::wall_now() - within * 1'000'000;
    if (auto receipt = live->refusals.receipt(since)) return call.responder.result(*receipt);
    return call.responder.refuse({within == 0 ? "nothing has been refused in this session"
                                              : "nothing has been refused in that time",
                                  "",
                                  {}});
  }
  auto why = explain(*live->tables, op.access, op.object, op.arguments);
  if (const auto* refusal = std::get_if<control::Refusal>(&why))
    return call.responder.refuse(*refusal);
  auto& told = std::get<control::Json>(why);
  if (call.peer.agent) told.erase("file");  // where a policy lies is no business of an agent
  call.responder.result(told);
}

}  // namespace gatehouse::daemon
