// SPDX-License-Identifier: Apache-2.0
// events: what happened, and what happens, or of it what was asked for. It must never reorder what the
// controller sent or a file holds, nor leave out more than the filters say.
#include <unistd.h>

#include <deque>
#include <iostream>

#include "cli/following.h"
#include "cli/sources.h"
#include "reading/event_json.h"
#include "sinks/human.h"

namespace gatehouse::cli {
namespace {

struct Asked {
  reading::Wanted wanted;
  std::string place;
  bool follow = false;
  std::optional<std::uint64_t> count;
};

// What passes the filter goes out, or waits until it is known to be among the last ones.
class Shower {
 public:
  Shower(Shared& shared, reading::Filter filter, bool everything, std::optional<std::uint64_t> last)
      : shared_(shared), filter_(std::move(filter)), everything_(everything), last_(last) {}

  // A type that this program does not know is shown as it came, unless something is asked of it.
  bool take(const std::optional<events::Event>& event, std::string_view line) {
    if (event ? !filter_.passes(*event) : !everything_) return true;
    std::string text = shared_.json || !event ? std::string(line) : sinks::human(*event, style_);
    if (!last_) return print(text);
    waiting_.push_back(std::move(text));
    if (waiting_.size() > *last_) waiting_.pop_front();
    return true;
  }
  void finish() {
    for (const auto& text : waiting_)
      if (!print(text)) return;
  }

 private:
  static bool print(const std::string& text) {
    std::cout << text << std::endl;
    return std::cout.good();
  }

  Shared& shared_;
  reading::Filter filter_;
  bool everything_;
  std::optional<std::uint64_t> last_;
  std::deque<std::string> waiting_;
  sinks::HumanStyle style_ = sinks::style_of(STDOUT_FILENO);
};

void from_controllers(Shared& shared, const Asked& asked, Shower& shower) {
  // Filters need to see everything; the session alone is the controller's own filter.
  reading::Wanted rest = asked.wanted;
  rest.session.clear();
  const bool whole = !rest.everything() && !(asked.follow && asked.count);
  Following following;
  following.operation = control::EventsFollow{
      asked.wanted.session, whole ? kWholeBacklog : asked.count.value_or(100), asked.follow};
  following.later = control::EventsFollow{asked.wanted.session, kWholeBacklog, true};
  following.joins = asked.follow;
  following.item = [&](const control::Reply& item, const std::string&) {
    return shower.take(reading::event_from_json(item.value), item.raw);
  };
  follow(shared, following);
}

void show(Shared& shared, Asked& asked) {
  if (asked.follow && !asked.place.empty()) {
    complain("--follow listens to a running controller; a file is read once",
             "leave out one of the two");
    shared.status = kUsage;
    return;
  }
  auto filter = filter_of(asked.wanted, shared);
  if (!filter) return;
  const bool everything = asked.wanted.everything();
  std::optional<std::uint64_t> last = asked.follow ? std::nullopt : asked.count;
  if (!asked.follow && !last && asked.place.empty()) last = 100;
  // The session has been chosen by the controller itself then, by whatever it takes for its name.
  Shower shower(shared, std::move(*filter), everything, last);
  if (asked.place.empty())
    from_controllers(shared, asked, shower);
  else
    (void)read_events(shared, asked.place, [&](const auto& event, std::string_view line) {
      return shower.take(event, line);
    });
  shower.finish();
}

}  // namespace

void add_events(CLI::App& app, Shared& shared) {
  auto* sub = app.add_subcommand("events", "What agents did, newest last");
  auto asked = std::make_shared<Asked>();
  sub->add_flag("--follow,-f", asked->follow, "Go on until Ctrl-C");
  sub->add_option("-n", asked->count,
                  "The last so many (100 of a controller's, else all); with --follow: so many past "
                  "ones first")
      ->type_name("COUNT");
  sub->add_option(
         "place", asked->place,
         "A file of events, a directory of segments, or -; left out: what controllers keep")
      ->type_name("FILE|DIR");
  add_filters(*sub, asked->wanted);
  sub->callback([&shared, asked] { show(shared, *asked); });
}

}  // namespace gatehouse::cli
