// SPDX-License-Identifier: Apache-2.0
// run through the daemon: the command is this process's own child, with this user's rights, and the daemon
// puts it into its session before it executes. It must never release it without the daemon's yes.
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "base/quote.h"
#include "cli/run.h"
#include "cli/verbs.h"
#include "cli/watched.h"
#include "daemon/prepared.h"
#include "kernel/cgroup.h"
#include "kernel/file.h"
#include "sessions/ending.h"
#include "sessions/spawn.h"
#include "sessions/watch.h"

namespace gatehouse::cli {
namespace {

constexpr int kTickMs = 200;
constexpr auto kEndPatience = std::chrono::seconds(15);  // the daemon's own patience is 12 s

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

bool is_stopped(pid_t pid) {
  const auto stat = kernel::read_file("/proc/" + std::to_string(pid) + "/stat");
  const auto name_end = stat ? stat->rfind(')') : std::string::npos;
  return name_end != std::string::npos && stat->compare(name_end, 3, ") T") == 0;
}

// Stopped by an ask, not by a person? The daemon has seen every ask that stopped somebody before it
// replies; one that it answered at once has let its asker go on.
bool is_held(pid_t pid, const std::string& socket, const std::string& session) {
  return anyone_waits(socket, session) || !is_stopped(pid);
}

int wait_for(sessions::Child& child, sessions::Signals& signals, daemon::Loop& loop,
             const std::function<bool(pid_t)>& held, WatchedApprovals* approvals, Asking* asking) {
  bool starting = true, look = true;
  std::optional<sessions::SpawnFailure> failed;
  sessions::Watch watch(child, held);
  (void)loop.add(child.started_fd(), [&, fd = child.started_fd()] {
    loop.remove(fd);
    failed = child.started();
    starting = false;
  });
  (void)loop.add(signals.fd(), [&] {
    const auto arrived = signals.read();
    for (const int number : arrived.forward)
      (void)child.signal(number);
    look = look || arrived.child;
  });
  for (;;) {
    if (auto turned = loop.turn(kTickMs); !turned) complain(turned.error().what);
    if (approvals != nullptr) approvals->turn();
    if (asking != nullptr) asking->turn();
    if (failed) {
      complain(failed->error.what);
      return failed->status;
    }
    if (starting || !look) continue;
    look = false;
    if (const auto status = watch.look()) return sessions::exit_status(*status);
  }
}

bool is_populated(const std::string& cgroup) {
  const auto events = kernel::read_file(cgroup + "/cgroup.events");
  std::string value;
  return events && kernel::flat_value(*events, "populated", value) && value == "1";
}

// Processes that the command left behind are the daemon's to end. Tells of them, and waits until they
// are gone: whoever called us may count on it.
void end_with(control::Client client, const std::string& cgroup) {
  if (!is_populated(cgroup)) return;
  sessions::Leftovers left;
  std::error_code error;
  std::vector<std::string> lists = {cgroup + "/cgroup.procs"};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(cgroup, error))
    if (entry.path().filename() == "cgroup.procs") lists.push_back(entry.path());
  for (const auto& list : lists) {
    std::ifstream pids(list);
    for (pid_t pid; pids >> pid;) {
      left.asked++;
      auto name = kernel::read_file("/proc/" + std::to_string(pid) + "/comm");
      if (name && name->ends_with('\n')) name->pop_back();
      if (left.names.size() < 5)
        left.names.push_back((name ? visible(*name) : "?") + " (" + std::to_string(pid) + ")");
    }
  }
  { const control::Client gone = std::move(client); }
  if (const auto text = sessions::describe(left); !text.empty()) complain(text);
  const auto limit = std::chrono::steady_clock::now() + kEndPatience;
  while (is_populated(cgroup)) {
    if (std::chrono::steady_clock::now() > limit)
      return complain("they have not ended yet; they stay confined in " + cgroup);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace

int run_by_daemon(const RunRequest& request, control::Client client, const std::string& socket,
                  sessions::Signals& signals) {
  if (!request.sinks.empty())
    return fail("--log needs a controller of its own",
                "add --no-daemon, or read `gatehouse events --follow --session NAME`");
  auto policy = texts_of(request.policy);
  if (!policy)
    return fail("the policy " + request.policy + " was refused; the command was not started");
  auto loop = daemon::Loop::make();
  if (!loop) return fail(loop.error().what);
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
  const std::string session = std::to_string(reply->value.value("session", 0ull));
  const auto held = [&](pid_t pid) { return is_held(pid, socket, session); };
  std::optional<WatchedApprovals> approvals;
  std::optional<Asking> asking;
  if (request.on_ask != "deny") {
    approvals.emplace(socket, session, *loop);
    asking.emplace(approvals->questions(), *loop, request.on_ask);
  }
  auto child = std::move(*waiting).release();
  if (!child) return fail(child.error().what);
  const int status = wait_for(*child, signals, *loop, held, approvals ? &*approvals : nullptr,
                              asking ? &*asking : nullptr);
  asking.reset();
  approvals.reset();
  end_with(std::move(client), reply->value.value("cgroup", ""));
  return status;
}

}  // namespace gatehouse::cli
