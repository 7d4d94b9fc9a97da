// SPDX-License-Identifier: Apache-2.0
// run: the command line of it, and the choice of a controller. It must never fall back from the daemon to
// a controller of its own after the daemon took the request.
#include <unistd.h>

#include <filesystem>
#include <iostream>

#include "cli/run.h"
#include "cli/verbs.h"
#include "daemon/prepared.h"
#include "sessions/spawn.h"
#include "sinks/sinks.h"

namespace gatehouse::cli {
namespace {

int run(const RunRequest& request, const Shared& shared, bool no_daemon) {
  // First of all: every thread made later gets this mask.
  auto signals = sessions::Signals::take(shared.on_broken_pipe);
  if (!signals) {
    complain(signals.error().what);
    return sessions::kOwnFailure;
  }
  if (!no_daemon) {
    const std::string socket = shared.socket.empty() ? control::kDefaultSocket : shared.socket;
    auto client = control::Client::connect(socket);
    if (client) return run_by_daemon(request, std::move(*client), socket, *signals);
    if (!shared.socket.empty() || client.error().code == EACCES) {
      complain(client.error().what);
      return sessions::kOwnFailure;
    }
  }
  if (::geteuid() != 0) {
    complain("only root can run without a daemon",
             "start `gatehouse daemon`, and be in the group gatehouse");
    return sessions::kOwnFailure;
  }
  return run_here(request, *signals);
}

}  // namespace

control::Labels RunRequest::split_labels() const {
  control::Labels all;
  for (const auto& label : labels) {
    const auto equals = label.find('=');
    all.emplace_back(label.substr(0, equals),
                     equals == std::string::npos ? "" : label.substr(equals + 1));
  }
  return all;
}

int fail(const std::string& what, const std::string& hint) {
  complain(what, hint);
  return sessions::kOwnFailure;
}

void print_findings(const Diagnostics& diagnostics, bool all) {
  Diagnostics shown;
  for (const auto& one : diagnostics.all())
    if (all || one.severity != Diagnostic::Severity::note) shown.add(one);
  std::cerr << render(shown);
}

void add_run(CLI::App& app, Shared& shared) {
  auto* sub =
      app.add_subcommand("run", "Run a command under a policy; its exit status is the command's");
  auto request = std::make_shared<RunRequest>();
  auto no_daemon = std::make_shared<bool>(false);
  sub->add_option("-p,--policy", request->policy,
                  "Policy file, or :NAME of an installed one (:coding-agent)")
      ->type_name("POLICY");
  sub->add_option("--workspace", request->workspace,
                  "What ${workspace} means (the current directory)")
      ->type_name("DIR");
  sub->add_option("--name", request->name, "Name of the session (the command's)")
      ->type_name("NAME");
  sub->add_option("--label", request->labels, "k=v, kept with every event; may be repeated")
      ->type_name("K=V")
      ->allow_extra_args(false)
      ->check([](const std::string& text) {
        return text.find('=') == std::string::npos || text[0] == '='
                   ? "a label is key=value, not " + text
                   : "";
      });
  sub->add_option("--on-ask", request->on_ask,
                  "prompt (on this terminal), deny, or wait for `approvals`")
      ->check(CLI::IsMember({"prompt", "deny", "wait"}));
  sub->add_option("--log", request->sinks,
                  "Where events go too, may be repeated: audit:DIR, " + sinks::sink_forms())
      ->type_name("SINK")
      ->allow_extra_args(false);
  sub->add_flag("--keep-fds", request->keep_fds, "Hand on descriptors above 2");
  sub->add_flag("--no-daemon", *no_daemon, "Use a controller of its own even when a daemon runs");
  sub->add_option("command", request->command, "The command and its arguments, after --")
      ->required();
  sub->positionals_at_end();
  sub->callback([&shared, request, no_daemon] {
    if (request->policy.empty()) request->policy = daemon::default_policy();
    std::error_code error;
    const auto workspace =
        std::filesystem::canonical(request->workspace.empty() ? "." : request->workspace, error);
    if (error || !std::filesystem::is_directory(workspace, error)) {
      complain("--workspace " + request->workspace + ": " +
               (error ? error.message() : "not a directory"));
      shared.status = sessions::kOwnFailure;
      return;
    }
    request->workspace = workspace;
    if (request->name.empty())
      request->name = std::filesystem::path(request->command[0]).filename();
    shared.status = run(*request, shared, *no_daemon);
  });
}

}  // namespace gatehouse::cli
