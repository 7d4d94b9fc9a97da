// SPDX-License-Identifier: Apache-2.0
// events: what happened, and what happens. It must never reorder or drop what the controller sent.
#include <unistd.h>

#include <iostream>

#include "cli/following.h"
#include "cli/text.h"

namespace gatehouse::cli {
namespace {

constexpr std::uint64_t kWhole = 4096;  // all that a controller keeps

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

void show(Shared& shared, const Wanted& wanted) {
  Following following;
  following.operation = control::EventsFollow{wanted.session, wanted.backlog, wanted.follow};
  following.later = control::EventsFollow{wanted.session, kWhole, true};
  following.joins = wanted.follow;
  following.item = [&](const control::Reply& item) {
    if (shared.json)
      std::cout << item.raw << std::endl;
    else
      std::cout << line_of(item.value) << std::endl;
    return std::cout.good();
  };
  follow(shared, following);
}

}  // namespace

void add_events(CLI::App& app, Shared& shared) {
  auto* sub = app.add_subcommand("events", "What agents did, newest last");
  auto wanted = std::make_shared<Wanted>();
  sub->add_flag("--follow,-f", wanted->follow, "Go on until Ctrl-C");
  sub->add_option("--session", wanted->session, "Only this session")->type_name("SESSION");
  sub->add_option("-n", wanted->backlog, "How many past events first (100)")->type_name("COUNT");
  sub->callback([&shared, wanted] { show(shared, *wanted); });
}

}  // namespace gatehouse::cli
