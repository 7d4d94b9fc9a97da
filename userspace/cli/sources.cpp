// SPDX-License-Identifier: Apache-2.0
// Options and places of sources.h. It must never fall back on another place when the named one fails.
#include "cli/sources.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "audit/segments.h"
#include "base/places.h"
#include "cli/following.h"
#include "events/time.h"

namespace gatehouse::cli {

void add_filters(CLI::App& verb, reading::Wanted& wanted) {
  verb.add_option("--session", wanted.session, "Only this session, by id or name")
      ->type_name("SESSION");
  verb.add_option("--verdict", wanted.verdicts, "Only allow, ask, deny or kill")
      ->delimiter(',')
      ->type_name("VERDICT");
  verb.add_option("--access", wanted.accesses, "Only read, write, exec, connect, …")
      ->delimiter(',')
      ->type_name("ACCESS");
  verb.add_option("--path", wanted.paths, "Only what this glob of a policy matches: '~/.ssh/**'")
      ->type_name("GLOB");
  verb.add_option("--rule", wanted.rules, "Only what this rule decided")->type_name("ID");
  verb.add_option("--type", wanted.types, "Only decision, ask, exec, session-start, …")
      ->delimiter(',')
      ->type_name("TYPE");
  verb.add_option("--since", wanted.since, "Not before: 2026-01-31T12:00:00Z, or 10m ago")
      ->type_name("TIME");
  verb.add_option("--until", wanted.until, "Not after")->type_name("TIME");
  verb.add_option("--call", wanted.call,
                  "Only what belongs, or can belong, to this tool call, as an agent names it")
      ->type_name("ID");
  verb.add_option("--pid", wanted.pid, "Only this process")->type_name("PID");
  verb.add_flag("--tree", wanted.tree, "With --pid: and all its descendants");
}

policy::Context context_here(const std::string& workspace) {
  const char* home = std::getenv("HOME");
  std::error_code error;
  // A policy may be for another host: what is not there is taken as it is written.
  auto here = std::filesystem::weakly_canonical(
      std::filesystem::absolute(workspace.empty() ? "." : workspace, error), error);
  if (!here.has_filename()) here = here.parent_path();  // "/not/there/"
  return {error ? "/" : here.string(), home == nullptr ? "/root" : home, {}};
}

std::optional<reading::Filter> filter_of(const reading::Wanted& wanted, Shared& shared) {
  Diagnostics diagnostics;
  auto filter = reading::Filter::make(wanted, context_here(), events::wall_now(), diagnostics);
  if (filter) return filter;
  for (const auto& one : diagnostics.all())
    complain(one.pointer + ": " + one.message, one.hint);
  shared.status = kUsage;
  return std::nullopt;
}

namespace {

std::optional<reading::Tally> read_controllers(Shared& shared, const reading::EventTaker& take) {
  reading::Tally tally;
  Following following;
  following.operation = control::EventsFollow{"", kWholeBacklog, false};
  following.item = [&](const control::Reply& item, const std::string& socket) {
    return reading::read_line(item.raw, socket, tally, take);
  };
  follow(shared, following);
  if (shared.status != 0) return std::nullopt;
  return tally;
}

}  // namespace

std::optional<reading::Tally> read_events(Shared& shared, const std::string& where,
                                          const reading::EventTaker& take) {
  std::optional<reading::Tally> tally;
  if (where.empty()) {
    tally = read_controllers(shared, take);
  } else {
    auto read = reading::each_event(where, take);
    if (read)
      tally = std::move(*read);
    else
      complain(read.error().what, "name a file of events, a directory of segments, or -");
  }
  if (!tally) {
    if (shared.status == 0) shared.status = 1;
    return std::nullopt;
  }
  if (const auto said = tally->complaint(); !said.empty()) complain(said);
  return tally;
}

bool is_place(const std::string& word) {
  std::error_code error;
  return word == "-" || std::filesystem::exists(word, error);
}

std::string default_place() {
  const std::string store = std::string(kStateDirectory) + "/audit";
  const auto segments = audit::segments_in(store);
  return segments && !segments->empty() && ::access(store.c_str(), R_OK) == 0 ? store : "";
}

}  // namespace gatehouse::cli
