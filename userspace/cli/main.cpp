// SPDX-License-Identifier: Apache-2.0
// The program: options, the verb, its exit status. It must never do the work of a verb itself.
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <clocale>
#include <csignal>
#include <iostream>

#include "cli/verbs.h"

int main(int argc, char** argv) {
  using namespace gatehouse::cli;
  std::setlocale(LC_CTYPE, "");
  spdlog::set_default_logger(spdlog::stderr_logger_mt("gatehouse"));
  spdlog::set_pattern("gatehouse: %l: %v");
  spdlog::set_level(spdlog::level::warn);

  Shared shared;
  shared.on_broken_pipe = std::signal(SIGPIPE, SIG_IGN);
  CLI::App app{"Gatehouse: kernel-level policy, approvals and telemetry for AI coding agents.",
               "gatehouse"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "gatehouse " GH_VERSION);
  app.add_flag("--json", shared.json, "Data as JSON");
  app.add_option("--socket", shared.socket, "Control socket of the controller to talk to")
      ->envname("GATEHOUSE_SOCKET")
      ->type_name("PATH");
  app.add_flag_callback(
      "-v,--verbose", [] { spdlog::set_level(spdlog::level::debug); }, "Say what is done");
  app.fallthrough();
  add_doctor(app, shared);
  add_run(app, shared);
  add_attach(app, shared);
  add_daemon(app, shared);
  add_sessions(app, shared);
  add_approvals(app, shared);
  add_events(app, shared);
  add_report(app, shared);
  add_policy(app, shared);
  add_why(app, shared);
  add_tool_call(app, shared);
  add_audit(app, shared);
  add_post_ask(app, shared);
  add_later_verbs(app, shared);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    complain(error.what(), "gatehouse --help, or gatehouse VERB --help");
    return kUsage;
  }
  std::cout.flush();
  return shared.status;
}
