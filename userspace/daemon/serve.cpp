// SPDX-License-Identifier: Apache-2.0
// The daemon's start, loop and stop. It must never report READY before a session could be admitted.
#include "daemon/serve.h"

#include <grp.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#include "control/server.h"
#include "daemon/controller.h"
#include "daemon/measured.h"
#include "daemon/notify.h"
#include "daemon/requests.h"

namespace gatehouse::daemon {
namespace {

constexpr int kTickMs = 100;

std::optional<gid_t> group_named(const std::string& name) {
  group entry = {}, *found = nullptr;
  char room[4096];
  if (::getgrnam_r(name.c_str(), &entry, room, sizeof(room), &found) != 0 || found == nullptr)
    return std::nullopt;
  return found->gr_gid;
}

// A role that the configuration gives to nobody would look like one that works.
Result<void> role(const std::string& group, std::optional<gid_t>& id) {
  if (group.empty()) return {};
  id = group_named(group);
  if (!id) return Error{ENOENT, "there is no group " + group + ", which the configuration names"};
  return {};
}

Result<UniqueFd> stop_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP})
    ::sigaddset(&set, number);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  UniqueFd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd.valid()) return sys_error("cannot take signals");
  return fd;
}

}  // namespace

Result<void> serve(const DaemonConfig& config) {
  auto signals = stop_signals();
  if (!signals) return signals.take_error();
  auto loop = Loop::make();
  if (!loop) return loop.take_error();
  ControllerOptions options;
  options.gate = config.gate;
  options.sinks = config.sinks;
  options.adopt = true;
  options.mandatory = config.mandatory;
  options.socket = config.socket;
  if (!config.state.empty()) options.state = config.state;
  options.audit = config.audit;
  if (options.audit && options.audit->directory.empty())
    options.audit->directory = options.state + "/audit";
  auto controller = Controller::start(options, *loop);
  if (!controller) return controller.take_error();
  auto measured = Measured::start(config.metrics, **controller);
  if (!measured) return measured.take_error();

  RequestOptions rights{config.mandatory, true, {}, {}};
  if (auto found = role(config.approvers_group, rights.approvers); !found) return found;
  if (auto found = role(config.readers_group, rights.readers); !found) return found;
  Requests requests(**controller, std::move(rights));
  control::Address address;
  address.path = config.socket.empty() ? control::kDefaultSocket : config.socket;
  address.group = group_named(config.group);
  if (!address.group) {
    spdlog::warn("there is no group {}: only root can use {}", config.group, address.path);
    address.mode = 0600;
  }
  ::mkdir(address.path.substr(0, address.path.rfind('/')).c_str(), 0755);
  auto server = control::Server::listen(address, requests);
  if (!server) return server.take_error();
  if (auto added = loop->add((*server)->fd(), [&] { (*server)->serve(); }); !added) return added;
  bool stop = false;
  if (auto added = loop->add(signals->get(), [&] { stop = true; }); !added) return added;
  notify("READY=1");
  spdlog::info("serving {} (gate {}, {} BPF programs), {} sessions taken over", address.path,
               config.gate, (*controller)->enforcement().flavor(),
               (*controller)->sessions().size());
  while (!stop) {
    if (auto turned = loop->turn(kTickMs); !turned) return turned;
    (*controller)->tick();
    (*controller)->end_what_is_over();
    measured->look();
  }
  notify("STOPPING=1");
  requests.let_go();
  loop->remove((*server)->fd());
  if (!(*controller)->sessions().empty()) {
    spdlog::info("{} sessions stay in force without a controller",
                 (*controller)->sessions().size());
    (*controller)->leave("stopped; its sessions stay in force");
    return {};
  }
  return (*controller)->lift();
}

}  // namespace gatehouse::daemon
