// SPDX-License-Identifier: Apache-2.0
// sessions, pause, resume, kill, detach. It must never act on more than the one session that was named.
#include <unistd.h>

#include <iostream>

#include "cli/controllers.h"
#include "cli/text.h"
#include "cli/verbs.h"

namespace gatehouse::cli {
namespace {

void list(Shared& shared) {
  const auto all = gather(shared, control::Sessions{}, "sessions");
  if (!all) return;
  if (shared.json) {
    std::cout << all->dump(2) << "\n";
    return;
  }
  if (all->empty()) {
    std::cerr << "no sessions\n";
    return;
  }
  Table table({"ID", "NAME", "STATE", "POLICY", "MODE", "SINCE", "COMMAND"});
  for (const auto& one : *all) {
    std::string command;
    for (const auto& word : one["command"])
      command += (command.empty() ? "" : " ") + word.get<std::string>();
    if (command.empty()) command = one.value("cgroup", "");
    table.row({std::to_string(one.value("id", 0ull)), one.value("name", ""), one.value("state", ""),
               one.value("policy", ""), one.value("mode", ""), ago(one.value("started", "")),
               command});
  }
  table.print(std::cout, columns_of(STDOUT_FILENO));
}

template <typename Operation>
void add_steer(CLI::App& app, Shared& shared, const char* verb, const char* help,
               const char* done) {
  auto* sub = app.add_subcommand(verb, help);
  auto session = std::make_shared<std::string>();
  sub->add_option("session", *session, "Its id or name")->required()->type_name("SESSION");
  sub->callback([&shared, session, done] {
    const auto reply = first_to_do(shared, Operation{*session});
    if (!reply) return;
    if (shared.json)
      std::cout << reply->dump() << "\n";
    else
      std::cerr << "session " << reply->value("session", 0ull) << " " << done << "\n";
  });
}

}  // namespace

void add_sessions(CLI::App& app, Shared& shared) {
  auto* sessions = app.add_subcommand("sessions", "List the sessions in force");
  sessions->fallthrough();
  add_sessions_top(*sessions, shared);
  sessions->callback([&shared, sessions] {
    if (sessions->get_subcommands().empty()) list(shared);
  });
  add_steer<control::Pause>(app, shared, "pause", "Freeze every process of a session", "paused");
  add_steer<control::Resume>(app, shared, "resume", "Let a paused session go on", "goes on");
  add_steer<control::Kill>(app, shared, "kill", "End every process of a session", "killed");
  add_steer<control::Detach>(app, shared, "detach", "Let an attached cgroup go", "detached");
}

}  // namespace gatehouse::cli
