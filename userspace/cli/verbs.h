// SPDX-License-Identifier: Apache-2.0
// Every verb of the command line, one file each: it adds its options and, when it is the one, sets the
// exit status. It must never print data to stderr or talk to stdout.
#pragma once

#include <signal.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace gatehouse::cli {

// What all verbs share. `status` is the program's exit status.
struct Shared {
  bool json = false;
  std::string socket;  // "": the default and every run's own
  int status = 0;
  sighandler_t on_broken_pipe = SIG_DFL;  // before we ignored it: what an agent gets back
};

inline constexpr int kUsage = 2;

void add_run(CLI::App& app, Shared& shared);
void add_attach(CLI::App& app, Shared& shared);
void add_sessions(CLI::App& app, Shared& shared);
void add_approvals(CLI::App& app, Shared& shared);
void add_events(CLI::App& app, Shared& shared);
void add_policy(CLI::App& app, Shared& shared);
void add_why(CLI::App& app, Shared& shared);
void add_tool_call(CLI::App& app, Shared& shared);
void add_doctor(CLI::App& app, Shared& shared);
void add_daemon(CLI::App& app, Shared& shared);
void add_audit(CLI::App& app, Shared& shared);
void add_report(CLI::App& app, Shared& shared);
void add_post_ask(CLI::App& app, Shared& shared);
void add_policy_diff(CLI::App& policy, Shared& shared);
void add_policy_learn(CLI::App& policy, Shared& shared);
void add_sessions_top(CLI::App& sessions, Shared& shared);
void add_later_verbs(CLI::App& app, Shared& shared);
// One such verb.
void add_later(CLI::App& app, Shared& shared, const char* name, const char* help);

// "gatehouse: message" and the hint below it, to stderr.
void complain(const std::string& message, const std::string& hint = {});

}  // namespace gatehouse::cli
