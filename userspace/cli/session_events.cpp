// SPDX-License-Identifier: Apache-2.0
// Places and sessions told apart. It must never take a word for a session while a file of that name is there.
#include "cli/session_events.h"

#include <pwd.h>
#include <unistd.h>

#include <vector>

#include "base/quote.h"

namespace gatehouse::cli {

std::optional<reading::Tally> read_session_events(
    Shared& shared, const std::string& what, const std::function<bool(const events::Event&)>& take,
    const std::string& from, const std::string& session) {
  const bool place = is_place(what);
  const std::string wanted = place ? session : what;
  std::vector<std::string> places = {place ? what : from};
  if (!place && from.empty())
    if (const auto store = default_place(); !store.empty()) places.insert(places.begin(), store);
  std::uint64_t shown = 0;
  for (const auto& where : places) {
    auto tally = read_events(shared, where, [&](const auto& event, std::string_view) {
      if (!event) return true;
      // What was lost concerns everybody.
      if (!wanted.empty() && !reading::is_of(*event, wanted) &&
          !std::holds_alternative<events::EventsLost>(event->body))
        return true;
      shown += event->session.serial != 0 || wanted.empty() ? 1 : 0;
      return take(*event);
    });
    if (!tally || shown != 0) return tally;
  }
  const std::string at =
      places.back().empty() ? "what the controllers keep" : quote(places.back(), 200);
  complain(
      wanted.empty() ? "no events are in " + at : "no session " + quote(wanted) + " is in " + at,
      wanted.empty() ? "is it a file that `run --log jsonl:FILE` or the daemon wrote?"
                     : "name a file, or say where with --from");
  shared.status = 1;
  return std::nullopt;
}

std::string home_of(std::uint32_t uid) {
  passwd entry = {};
  passwd* found = nullptr;
  std::vector<char> space(16384);
  if (::getpwuid_r(uid, &entry, space.data(), space.size(), &found) != 0 || found == nullptr)
    return {};
  return found->pw_dir == nullptr ? "" : found->pw_dir;
}

void Contexts::take(const events::Event& event) {
  const auto* start = std::get_if<events::SessionStart>(&event.body);
  if (start == nullptr) return;
  policy::Context context = here_;
  if (!start->workspace.empty()) context.workspace = start->workspace;
  if (const auto home = home_of(start->owner); !home.empty()) context.home = home;
  all_[event.session.serial] = std::move(context);
}

const policy::Context& Contexts::of(const events::Event& event) const {
  const auto found = all_.find(event.session.serial);
  return found == all_.end() ? here_ : found->second;
}

}  // namespace gatehouse::cli
