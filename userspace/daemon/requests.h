// SPDX-License-Identifier: Apache-2.0
// What the controller does for those who connect: root sees and does all, others what is theirs, agents
// next to nothing. It must never act on a session that the peer does not own, nor open a file for a peer.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "control/handler.h"
#include "daemon/controller.h"

namespace gatehouse::daemon {

struct RequestOptions {
  std::vector<std::string> mandatory;  // policies of the host: layers of every session
  bool may_begin = true;               // run and attach; not for the controller of one `run`
  // Groups whose members see all sessions and their approvals; the first may answer these too.
  std::optional<gid_t> approvers = {}, readers = {};
};

class Requests : public control::Handler {
 public:
  Requests(Controller& controller, RequestOptions options);
  ~Requests() override;

  // From here on clients that go take nothing with them: their sessions stay in force.
  void let_go() { letting_go_ = true; }

  [[nodiscard]] bool is_agent_cgroup(const std::string& cgroup) const override;
  void handle(control::Operation operation, std::vector<UniqueFd> fds, const control::Peer& peer,
              control::Responder responder) override;

 private:
  struct Call {
    std::vector<UniqueFd>& fds;
    const control::Peer& peer;
    const control::Responder& responder;
  };
  void serve(const control::Status& op, const Call& call);
  void serve(const control::Sessions& op, const Call& call);
  void serve(const control::Pause& op, const Call& call);
  void serve(const control::Resume& op, const Call& call);
  void serve(const control::Kill& op, const Call& call);
  void serve(const control::ApprovalsList& op, const Call& call);
  void serve(const control::ApprovalsWatch& op, const Call& call);
  void serve(const control::ApprovalsAnswer& op, const Call& call);
  void serve(const control::ApprovalsPreview& op, const Call& call);
  void serve(const control::ApprovalsGrants& op, const Call& call);
  void serve(const control::ApprovalsRevoke& op, const Call& call);
  void serve(const control::EventsFollow& op, const Call& call);
  void serve(const control::RunPrepare& op, const Call& call);
  void serve(const control::Attach& op, const Call& call);
  void serve(const control::Detach& op, const Call& call);
  void serve(const control::ReplacePolicy& op, const Call& call);
  void serve(const control::Why& op, const Call& call);
  void serve(const control::ToolCall& op, const Call& call);

  // The open approval and its session, if the peer may answer it; else refuses.
  std::pair<const approvals::Entry*, LiveSession*> answerable(std::uint64_t id, const Call& call);
  // By the kernel's word.
  static events::Approver approver_of(const control::Peer& peer);
  // The session that the peer is in; null: none.
  [[nodiscard]] const LiveSession* own(const control::Peer& peer) const;
  // The session if the peer may see it; else refuses and returns nothing.
  LiveSession* owned(const std::string& session, const Call& call);
  LiveSession* seen(const std::string& session, const Call& call);  // or read
  LiveSession* no_session(const std::string& session, const Call& call);
  [[nodiscard]] bool may_answer(const control::Peer& peer, uid_t owner) const;
  [[nodiscard]] bool may_see(const control::Peer& peer, uid_t owner) const;
  std::optional<Prepared> prepare(const control::PolicySource& source, policy::Context context,
                                  const Call& call);
  std::optional<kernel::Cgroup> cgroup_to_attach(const control::Attach& op, const Call& call);

  // Whoever watches approvals is told of those that are over.
  struct Watcher {
    std::uint64_t only = 0;  // session; 0: all that the peer may see
    control::Peer peer;
    control::Responder responder;
  };
  void tell_watchers(approvals::Change change, const approvals::Entry& entry);
  [[nodiscard]] bool shows(const Watcher& watcher, std::uint64_t serial) const;
  // To those who may answer now.
  void show(const Watcher& watcher, const approvals::Entry& entry);

  Controller& controller_;
  RequestOptions options_;
  std::map<std::uint64_t, Watcher> watchers_;
  std::uint64_t next_watcher_ = 0;
  bool letting_go_ = false;
};

// May that peer see and steer what belongs to this user?
bool may_steer(const control::Peer& peer, uid_t owner);

}  // namespace gatehouse::daemon
