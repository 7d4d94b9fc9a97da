// SPDX-License-Identifier: Apache-2.0
// daemon: the verb that serves. It must never detach itself: that is systemd's business.
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "cli/verbs.h"
#include "daemon/serve.h"

namespace gatehouse::cli {

void add_daemon(CLI::App& app, Shared& shared) {
  auto* sub =
      app.add_subcommand("daemon", "Serve sessions, approvals and events (systemd Type=notify)");
  auto path = std::make_shared<std::string>();
  sub->add_option("--config", *path, "JSON: gate, socket, group, state, sinks, metrics, mandatory")
      ->type_name("FILE");
  sub->callback([&shared, path] {
    spdlog::set_level(std::min(spdlog::get_level(), spdlog::level::info));
    daemon::DaemonConfig config;
    if (!path->empty()) {
      auto read = daemon::read_config(*path);
      if (!read) {
        complain(read.error().what);
        shared.status = kUsage;
        return;
      }
      config = std::move(*read);
    }
    if (!shared.socket.empty()) config.socket = shared.socket;
    if (::geteuid() != 0) {
      complain("the daemon needs root");
      shared.status = 125;
      return;
    }
    if (auto served = daemon::serve(config); !served) {
      complain(served.error().what, "`gatehouse doctor` shows what this host can enforce");
      shared.status = 125;
    }
  });
}

}  // namespace gatehouse::cli
