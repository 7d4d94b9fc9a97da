// SPDX-License-Identifier: Apache-2.0
// run through the daemon: the command is this process's own child, with this user's rights, and the daemon
// puts it into its session before it executes. It must never release it without the daemon's yes.
#include <poll.h>
#include <unistd.h>

#include <iostream>

#include "cli/run.h"
#include "cli/verbs.h"
#include "daemon/prepared.h"
#include "sessions/spawn.h"
#include "sessions/watch.h"

namespace gatehouse::cli {
namespace {

int fail(const std::string& what, const std::string& hint = {}) {
  complain(what, hint);
  return sessions::kOwnFailure;
}

// Is that process stopped? Then it may be held by an ask, which is not ours to pass on to the shell.
bool never_held(pid_t) { return false; }

std::optional<control::PolicySource> texts_of(const std::string& policy) {
  Diagnostics diagnostics;
  auto sources = daemon::read_sources(policy, diagnostics);
  print_findings(diagnostics);
  if (!sources) return std::nullopt;
  control::PolicySource source;
  source.files.push_back({sources->back().file, sources->back().text});
  for (std::size_t i = 0; i + 1 < sources->size(); i++)
    source.files.push_back({(*sources)[i].file, (*sources)[i].text});
  return source;
}

int wait_for(sessions::Child& child, sessions::Signals& signals) {
  sessions::Watch watch(child, never_held);
  for (;;) {
    pollfd ready = {signals.fd(), POLLIN, 0};
    (void)::poll(&ready, 1, 1000);
    const auto arrived = signals.read();
    for (const int number : arrived.forward)
      (void)child.signal(number);
    if (const auto status = watch.look()) return sessions::exit_status(*status);
  }
}

}  // namespace

int run_by_daemon(const RunRequest& request, control::Client client, sessions::Signals& signals) {
  auto policy = texts_of(request.policy);
  if (!policy)
    return fail("the policy " + request.policy + " was refused; the command was not started");
  sessions::Command command;
  command.argv = request.command;
  command.keep_fds = request.keep_fds;
  auto waiting = sessions::spawn_waiting(command, signals.before());
  if (!waiting) return fail(waiting.error().what);
  control::RunPrepare operation;
  operation.policy = std::move(*policy);
  operation.workspace = request.workspace;
  operation.name = request.name;
  operation.labels = request.split_labels();
  operation.on_ask = request.on_ask == "deny" ? control::OnAsk::deny : control::OnAsk::wait;
  operation.argv = request.command;
  auto reply = client.request(operation, {waiting->child().pidfd()});
  if (!reply) return fail(reply.error().what, "the command was not started");
  if (reply->kind != control::Reply::Kind::result) {
    for (const auto& one : reply->refusal.diagnostics)
      complain(
          one.value("file", "") + ":" + one.value("pointer", "") + ": " + one.value("message", ""),
          one.value("hint", ""));
    return fail(reply->refusal.message, reply->refusal.hint);
  }
  auto child = std::move(*waiting).release();
  if (!child) return fail(child.error().what);
  if (auto failed = child->started()) {
    complain(failed->error.what);
    return failed->status;
  }
  return wait_for(*child, signals);  // closing the connection ends the session
}

}  // namespace gatehouse::cli
