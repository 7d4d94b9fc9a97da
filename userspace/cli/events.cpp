// SPDX-License-Identifier: Apache-2.0
// events: what happened, and what happens. It must never reorder or drop what the controller sent.
#include <unistd.h>

#include <iostream>

#include "cli/event_json.h"
#include "cli/following.h"
#include "sinks/human.h"

namespace gatehouse::cli {
namespace {

constexpr std::uint64_t kWhole = 4096;  // all that a controller keeps

struct Wanted {
  std::string session;
  bool follow = false;
  std::uint64_t backlog = 100;
};

// A type that this program does not know is shown as it came.
std::string line_of(const control::Reply& item, const sinks::HumanStyle& style) {
  const auto event = event_from_json(item.value);
  return event ? sinks::human(*event, style) : item.raw;
}

void show(Shared& shared, const Wanted& wanted) {
  const auto style = sinks::style_of(STDOUT_FILENO);
  Following following;
  following.operation = control::EventsFollow{wanted.session, wanted.backlog, wanted.follow};
  following.later = control::EventsFollow{wanted.session, kWhole, true};
  following.joins = wanted.follow;
  following.item = [&](const control::Reply& item, const std::string&) {
    if (shared.json)
      std::cout << item.raw << std::endl;
    else
      std::cout << line_of(item, style) << std::endl;
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
