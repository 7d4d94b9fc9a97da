// SPDX-License-Identifier: Apache-2.0
// run without a daemon: a gate, a controller and a socket for the life of one command. It must never leave
// any of them behind when the command ends, nor open the gate while something of it still runs.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "cli/asking.h"
#include "cli/controllers.h"
#include "cli/run.h"
#include "control/server.h"
#include "daemon/controller.h"
#include "daemon/requests.h"
#include "kernel/memory.h"
#include "sessions/spawn.h"
#include "sessions/watch.h"

namespace gatehouse::cli {
namespace {

constexpr int kTurnMs = 50;

// The socket by which `approvals`, `sessions` and `events` of another terminal find us.
Result<std::unique_ptr<control::Server>> open_socket(daemon::Requests& requests) {
  ::mkdir(kRunDirectory, 0755);
  sweep_sockets();
  control::Address address;
  address.path = run_socket(::getpid());
  address.mode = 0600;
  return control::Server::listen(address, requests);
}

// Our own controller's queue.
Questions questions_of(daemon::Controller& controller) {
  Questions questions;
  questions.waiting = [&controller] {
    std::vector<std::uint64_t> ids;
    for (const auto* entry : controller.queue().list())
      if (controller.reviewing().is_open(entry->id, true) &&
          !controller.reviewing().has_allowed(entry->id, ::getuid()))
        ids.push_back(entry->id);
    return ids;
  };
  questions.card = [&controller](std::uint64_t id) -> std::optional<approvals::Card> {
    const auto* entry = controller.queue().find(id);
    if (entry == nullptr) return std::nullopt;
    return approvals::card_of(*entry, controller.processes(), kernel::ktime());
  };
  questions.answer = [&controller](std::uint64_t id, approvals::Answer given) {
    given.by = {events::Approver::Kind::person, ::getuid(), static_cast<std::uint32_t>(::getpid()),
                "gatehouse"};
    const auto outcome = controller.reviewing().answer(id, given, true);
    if (const auto* refused = std::get_if<approvals::Refusal>(&outcome))
      complain(refused->message, refused->hint);
  };
  return questions;
}

struct Ended {
  int status = sessions::kOwnFailure;
  std::optional<int> wait_status;
};

// Until the command ends; the loop serves rings, prompt and socket meanwhile.
Ended watch_over(sessions::Child& child, daemon::Controller& controller, daemon::Loop& loop,
                 sessions::Signals& signals, Asking& asking) {
  bool starting = true, look = true;
  std::optional<sessions::SpawnFailure> failed;
  sessions::Watch watch(child, [&](pid_t pid) { return controller.answers().is_held(pid); });
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
  Ended ended;
  for (;;) {
    if (auto turned = loop.turn(kTurnMs); !turned) complain(turned.error().what);
    controller.tick();
    asking.turn();
    if (failed) {
      complain(failed->error.what);
      ended.status = failed->status;
      break;
    }
    if (starting || !look) continue;
    look = false;
    ended.wait_status = watch.look();
    if (!ended.wait_status) continue;
    ended.status = sessions::exit_status(*ended.wait_status);
    break;
  }
  loop.remove(signals.fd());
  return ended;
}

}  // namespace

int run_here(const RunRequest& request, sessions::Signals& signals) {
  const char* home = std::getenv("HOME");
  const policy::Context context{request.workspace, home == nullptr ? "/root" : home, {}};
  Diagnostics diagnostics;
  auto prepared = daemon::prepare_file(request.policy, context, diagnostics);
  print_findings(diagnostics);
  if (!prepared)
    return fail("the policy " + request.policy + " was refused; the command was not started");

  auto loop = daemon::Loop::make();
  if (!loop) return fail(loop.error().what);
  daemon::ControllerOptions options;
  options.gate = "run-" + std::to_string(::getpid());
  options.sinks = request.sinks;
  auto controller = daemon::Controller::start(options, *loop);
  if (!controller)
    return fail(controller.error().what, "`gatehouse doctor` shows what this host can enforce");
  daemon::Requests requests(**controller, {{}, false});
  auto server = open_socket(requests);
  if (!server) {
    (void)(*controller)->lift();
    return fail(server.error().what);
  }
  (void)loop->add((*server)->fd(), [&] { (*server)->serve(); });

  daemon::Opening opening;
  opening.name = request.name;
  opening.workspace = request.workspace;
  opening.home = context.home;
  opening.owner = ::getuid();
  opening.labels = request.split_labels();
  opening.command = request.command;
  opening.deny_asks = request.on_ask == "deny";
  auto live = (*controller)->open(opening, std::move(*prepared));
  if (!live) {
    (void)(*controller)->lift();
    return fail(live.error().what, "the command was not started");
  }
  const auto serial = (*live)->record.serial;
  auto asking = std::make_unique<Asking>(questions_of(**controller), *loop, request.on_ask);
  sessions::Command command;
  command.argv = request.command;
  command.keep_fds = request.keep_fds;
  auto child = sessions::spawn_into(command, (*live)->cgroup, signals.before());
  Ended ended;
  if (child)
    ended = watch_over(*child, **controller, *loop, signals, *asking);
  else
    complain(child.error().what);
  asking.reset();  // the terminal is given back before the session's leftovers are waited for
  auto left = (*controller)->close(serial, ended.wait_status, child ? "exited" : "not started");
  if (!left) return fail(left.error().what, "the gate stays closed: what is left stays enforced");
  if (const auto text = sessions::describe(*left); !text.empty()) complain(text);
  loop->remove((*server)->fd());
  if (auto lifted = (*controller)->lift(); !lifted) return fail(lifted.error().what);
  return ended.status;
}

}  // namespace gatehouse::cli
