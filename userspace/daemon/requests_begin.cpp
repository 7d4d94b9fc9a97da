// SPDX-License-Identifier: Apache-2.0
// Requests that begin, replace or let go of a session. It must never take a process or cgroup that is not
// the peer's to give, nor compile a policy without the host's own layers.
#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>

#include "daemon/requests.h"
#include "daemon/show.h"
#include "kernel/process.h"

namespace gatehouse::daemon {
namespace {

std::string home_of(uid_t uid) {
  passwd entry = {}, *found = nullptr;
  char room[4096];
  if (::getpwuid_r(uid, &entry, room, sizeof(room), &found) == 0 && found != nullptr)
    return found->pw_dir;
  return "/nonexistent";  // matches no file: `~` rules of a user without a home cover nothing
}

// The directory behind /proc/self/fd/N, as the kernel names it.
std::string name_of(int fd) {
  char path[PATH_MAX];
  const auto length =
      ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path, sizeof(path));
  return length < 0 ? std::string() : std::string(path, static_cast<std::size_t>(length));
}

// Does the process belong to that user? Its /proc directory does then.
bool is_process_of(pid_t pid, uid_t uid) {
  struct stat info = {};
  return ::stat(("/proc/" + std::to_string(pid)).c_str(), &info) == 0 && info.st_uid == uid;
}

}  // namespace

std::optional<Prepared> Requests::prepare(const control::PolicySource& source,
                                          policy::Context context, const Call& call) {
  controller_.name_places(context);
  Diagnostics diagnostics;
  std::optional<Prepared> prepared;
  if (!source.files.empty()) {
    Sources sources;  // the client sends the policy first; we keep it last
    for (std::size_t i = 1; i < source.files.size(); i++)
      sources.push_back({source.files[i].name, source.files[i].text});
    sources.push_back({source.files[0].name, source.files[0].text});
    prepared = prepare_sources(sources, context, diagnostics, options_.mandatory);
  } else {
    prepared = prepare_file(":" + source.name, context, diagnostics, options_.mandatory);
  }
  if (!prepared)
    call.responder.refuse(
        {"the policy was refused", "nothing has changed", diagnostics_json(diagnostics)});
  return prepared;
}

void Requests::serve(const control::RunPrepare& op, const Call& call) {
  if (!options_.may_begin)
    return call.responder.refuse(
        {"this controller serves one run only", "start `gatehouse daemon`", {}});
  if (call.fds.size() != 1)
    return call.responder.refuse({"run needs the pidfd of the process to confine", "", {}});
  auto pid = kernel::pid_of(call.fds[0].get());
  if (!pid || !(call.peer.uid == 0 || is_process_of(*pid, call.peer.uid)))
    return call.responder.refuse({"that process is not yours to confine", "", {}});
  // It would leave one policy for another.
  if (auto now = kernel::cgroup_of(*pid); !now || is_agent_cgroup(*now))
    return call.responder.refuse({"that process is in a session already", "", {}});
  Opening opening;
  opening.name = op.name;
  opening.workspace = op.workspace;
  opening.home = home_of(call.peer.uid);
  opening.owner = call.peer.uid;
  opening.labels = op.labels;
  opening.command = op.argv;
  opening.deny_asks = op.on_ask == control::OnAsk::deny;
  opening.watched = true;
  opening.leader = static_cast<std::uint32_t>(*pid);
  opening.runner = static_cast<std::uint32_t>(call.peer.pid);
  auto prepared = prepare(op.policy, {opening.workspace, opening.home, {}}, call);
  if (!prepared) return;
  auto live = controller_.open(opening, std::move(*prepared));
  if (!live) return call.responder.refuse({live.error().what, "the command was not started", {}});
  const auto serial = (*live)->record.serial;
  if (auto moved = (*live)->cgroup.enter(call.fds[0].get()); !moved) {
    (void)controller_.close(serial, std::nullopt, "the process could not be moved");
    return call.responder.refuse({moved.error().what, "the command was not started", {}});
  }
  // The session lives as long as the client's connection: a client that is gone cannot end it.
  call.responder.when_closed([this, serial] {
    if (!letting_go_) controller_.end_soon(serial, "exited");
  });
  call.responder.result({{"session", serial}, {"cgroup", (*live)->cgroup.path()}});
}

std::optional<kernel::Cgroup> Requests::cgroup_to_attach(const control::Attach& op,
                                                         const Call& call) {
  const std::string path = call.fds.empty() ? op.cgroup : name_of(call.fds[0].get());
  auto cgroup = kernel::Cgroup::open(controller_.enforcement().mount(), path);
  if (!cgroup) {
    call.responder.refuse(
        {cgroup.error().what, "name a cgroup below " + controller_.enforcement().mount(), {}});
    return std::nullopt;
  }
  // We would have to ask ourselves for leave, and could not answer.
  const auto ours = cgroup->holds(::getpid());
  if (!ours || *ours) {
    call.responder.refuse(
        {"the daemon itself runs in that cgroup", "attach the cgroup of the agent alone", {}});
    return std::nullopt;
  }
  return std::move(*cgroup);
}

void Requests::serve(const control::Attach& op, const Call& call) {
  if (!options_.may_begin)
    return call.responder.refuse(
        {"this controller serves one run only", "start `gatehouse daemon`", {}});
  if (call.peer.uid != 0) return call.responder.refuse({"only root may attach a cgroup", "", {}});
  auto cgroup = cgroup_to_attach(op, call);
  if (!cgroup) return;
  struct stat info = {};
  Opening opening;
  opening.owner = ::fstat(cgroup->fd(), &info) == 0 ? info.st_uid : 0;
  opening.name = op.name;
  opening.workspace = op.workspace;
  opening.home = home_of(opening.owner);
  opening.labels = op.labels;
  opening.cgroup = std::move(cgroup);
  auto prepared = prepare(op.policy, {opening.workspace, opening.home, {}}, call);
  if (!prepared) return;
  auto live = controller_.open(opening, std::move(*prepared));
  if (!live) return call.responder.refuse({live.error().what, "nothing has changed", {}});
  call.responder.result({{"session", (*live)->record.serial}, {"cgroup", (*live)->cgroup.path()}});
}

void Requests::serve(const control::Detach& op, const Call& call) {
  LiveSession* const live = owned(op.session, call);
  if (live == nullptr) return;
  if (call.peer.uid != 0) return call.responder.refuse({"only root may detach a session", "", {}});
  if (live->record.own_cgroup)
    return call.responder.refuse(
        {"a session that `run` began ends with its command", "use `gatehouse kill`", {}});
  const auto serial = live->record.serial;
  auto left = controller_.close(serial, std::nullopt, "detached");
  if (!left) return call.responder.refuse({left.error().what, "it stays enforced", {}});
  call.responder.result({{"session", serial}});
}

void Requests::serve(const control::ReplacePolicy& op, const Call& call) {
  LiveSession* const live = owned(op.session, call);
  if (live == nullptr) return;
  // The agent's owner could loosen what an administrator attached: only root replaces.
  if (call.peer.uid != 0)
    return call.responder.refuse({"only root may replace a session's policy", "", {}});
  const auto& record = live->record;
  auto prepared = prepare(op.policy, {record.workspace, record.home, record.variables}, call);
  if (!prepared) return;
  if (auto done = controller_.replace(record.serial, std::move(*prepared)); !done)
    return call.responder.refuse({done.error().what, "the old policy stays in force", {}});
  call.responder.result({{"session", record.serial}, {"generation", live->record.generation}});
}

}  // namespace gatehouse::daemon
