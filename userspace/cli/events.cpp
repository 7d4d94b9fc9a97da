// SPDX-License-Identifier: Apache-2.0
// events: what happened, and what happens. It must never reorder or drop what the controller sent.
#include <poll.h>
#include <unistd.h>

#include <iostream>

#include "cli/controllers.h"
#include "cli/text.h"

namespace gatehouse::cli {
namespace {

struct Wanted {
  std::string session;
  bool follow = false;
  std::uint64_t backlog = 100;
};

std::string line_of(const control::Json& event) {
  const std::string time = event.value("time", "");
  std::string line = time.size() > 19 ? time.substr(11, 8) : time;
  line += "  " + event.value("type", "");
  for (const char* member : {"verdict", "access", "object", "rule", "exe", "why"})
    if (event.contains(member) && event[member].is_string())
      line += "  " + event[member].get<std::string>();
  if (event.contains("pid")) line += "  pid " + event["pid"].dump();
  return line;
}

// One controller's events; all of them when several are asked one after the other.
bool show(Shared& shared, const std::string& socket, const Wanted& wanted) {
  auto client = control::Client::connect(socket);
  if (!client) return false;
  control::EventsFollow operation{wanted.session, wanted.backlog, wanted.follow};
  auto ended = client->stream(operation, [&](const control::Reply& item) {
    if (shared.json)
      std::cout << item.raw << std::endl;
    else
      std::cout << line_of(item.value) << std::endl;
    return std::cout.good();
  });
  if (ended && *ended && (*ended)->kind == control::Reply::Kind::refused) {
    complain((*ended)->refusal.message, (*ended)->refusal.hint);
    shared.status = 1;
  }
  return true;
}

}  // namespace

void add_events(CLI::App& app, Shared& shared) {
  auto* sub = app.add_subcommand("events", "What agents did, newest last");
  auto wanted = std::make_shared<Wanted>();
  sub->add_flag("--follow,-f", wanted->follow, "Go on until Ctrl-C");
  sub->add_option("--session", wanted->session, "Only this session")->type_name("SESSION");
  sub->add_option("-n", wanted->backlog, "How many past events first (100)")->type_name("COUNT");
  sub->callback([&shared, wanted] {
    bool any = false;
    for (const auto& socket : sockets(shared)) {
      any = show(shared, socket, *wanted) || any;
      if (any && wanted->follow) break;
    }
    if (any) return;
    complain("no controller is running on this host",
             "events are kept by `gatehouse daemon` (sinks in its config)");
    shared.status = 125;
  });
}

}  // namespace gatehouse::cli
