// SPDX-License-Identifier: Apache-2.0
// report: one session on one page, for whoever has to look at what it did. It must never mix two sessions on
// one page: where a file holds several, one has to be named.
#include <pwd.h>

#include <iostream>
#include <map>

#include "base/quote.h"
#include "cli/session_events.h"
#include "cli/verbs.h"
#include "cli/written.h"
#include "control/protocol.h"
#include "events/time.h"
#include "report/page.h"
#include "report/words.h"

namespace gatehouse::cli {
namespace {

struct PageWanted {
  std::string what, out, from, session;
  bool markdown = false;
};

// Stories by number and name, as few as people name on one command line.
constexpr std::size_t kMostSessions = 64;
using Stories = std::map<std::pair<std::uint64_t, std::string>, report::Story>;

std::string user_name(std::uint32_t uid) {
  const passwd* found = ::getpwuid(uid);
  return found == nullptr ? "" : found->pw_name;
}

// The newest of those that were named; nothing, and what there is, when that is not one.
const report::Story* chosen(Shared& shared, const PageWanted& asked, const Stories& stories) {
  if (stories.size() == 1) return &stories.begin()->second;
  const bool named = !asked.session.empty() || !is_place(asked.what);
  if (named) {
    const report::Story* newest = nullptr;
    for (const auto& [key, story] : stories)
      if (newest == nullptr || story.first > newest->first) newest = &story;
    if (newest != nullptr)
      complain(std::to_string(stories.size()) +
                   " sessions have that name: this is the newest, number " +
                   std::to_string(newest->serial),
               "name one by its number");
    return newest;
  }
  complain(std::to_string(stories.size()) + " sessions are in " + quote(asked.what, 200),
           "name one with --session");
  for (const auto& [key, story] : stories)
    std::cerr << "  " << key.first << "  " << visible(key.second) << "  "
              << report::day_and_time(story.first) << ", " << story.events << " events\n";
  shared.status = kUsage;
  return nullptr;
}

control::Json summary_of(const report::Story& story) {
  std::uint64_t lost = 0;
  for (const auto& loss : story.losses)
    lost += loss.count;
  return {{"session", story.serial},
          {"events", story.events},
          {"denied", story.denied},
          {"would", story.would},
          {"asked", story.asks.size() + story.more_asks},
          {"changed", story.files.size() + story.more_files},
          {"endpoints", story.hosts.size()},
          {"processes", story.processes.size() + story.more_processes},
          {"lost", lost},
          {"unread", story.unread},
          {"ended", story.ended}};
}

void make(Shared& shared, const PageWanted& asked) {
  Stories stories;
  std::uint64_t more = 0;
  report::Story unowned;
  const auto tally = read_session_events(
      shared, asked.what,
      [&](const events::Event& event) {
        if (event.session.serial == 0) {
          unowned.take(event);  // what was lost may have been of any session
          return true;
        }
        const std::pair key{event.session.serial, event.session.name};
        if (!stories.contains(key) && stories.size() >= kMostSessions) {
          ++more;
          return true;
        }
        stories[key].take(event);
        return true;
      },
      asked.from, asked.session);
  if (!tally) return;
  if (more != 0)
    complain(std::to_string(more) + " events of further sessions were passed over",
             "name the session: gatehouse report FILE --session S");
  const auto* found = chosen(shared, asked, stories);
  if (found == nullptr) {
    if (shared.status == 0) {
      complain("no session is in " + quote(asked.what, 200));
      shared.status = 1;
    }
    return;
  }
  report::Story story = *found;
  story.unread = tally->unread;
  story.losses.insert(story.losses.end(), unowned.losses.begin(), unowned.losses.end());
  const report::Reader reader{story.owner ? user_name(*story.owner) : "",
                              is_place(asked.what)      ? asked.what
                              : !asked.from.empty()     ? asked.from
                              : default_place().empty() ? "what the controllers keep"
                                                        : default_place(),
                              report::day_and_time(events::wall_now())};
  const std::string page =
      asked.markdown ? report::markdown_page(story, reader) : report::html_page(story, reader);
  if (asked.out.empty()) {
    if (!shared.json) {
      std::cout << page;
      return;
    }
    auto summary = summary_of(story);
    summary["page"] = page;
    std::cout << summary.dump(2, ' ', true) << "\n";
    return;
  }
  if (const auto done = write_whole(asked.out, page); !done) {
    complain(done.error().what);
    shared.status = 1;
    return;
  }
  if (shared.json)
    std::cout << summary_of(story).dump(2) << "\n";
  else
    std::cerr << "gatehouse: " << visible(asked.out) << ": " << story.events
              << " events of session " << story.serial << "\n";
}

}  // namespace

void add_report(CLI::App& app, Shared& shared) {
  auto* sub = app.add_subcommand("report", "What a session did, on one page");
  auto asked = std::make_shared<PageWanted>();
  sub->add_option("what", asked->what, "A session, or a file or directory of events, or -")
      ->required()
      ->type_name("SESSION|FILE");
  sub->add_flag("--markdown", asked->markdown, "Markdown, not HTML");
  sub->add_option("-o,--output", asked->out, "Where the page goes; else to stdout")
      ->type_name("FILE");
  sub->add_option("--session", asked->session, "Of a file, this session")->type_name("SESSION");
  sub->add_option("--from", asked->from, "Where a session's events are")->type_name("FILE|DIR");
  sub->callback([&shared, asked] { make(shared, *asked); });
}

}  // namespace gatehouse::cli
