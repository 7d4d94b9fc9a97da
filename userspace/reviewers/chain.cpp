// SPDX-License-Identifier: Apache-2.0
// The turns behind chain.h. A hook may end any ask: nothing here may hold a place across one.
#include "reviewers/chain.h"

namespace gatehouse::reviewers {

using policy::Reviewer;
using Failing = Reviewer::Failing;
using Kind = Reviewer::Kind;

void Chain::set_deadline(std::uint64_t ask, Place& place, std::uint64_t deadline) {
  if (place.deadline != 0) deadlines_.erase({place.deadline, ask});
  place.deadline = deadline;
  if (deadline != 0) deadlines_.emplace(deadline, ask);
}

void Chain::add(std::uint64_t ask, std::shared_ptr<const Panel> panel, std::uint64_t now) {
  places_[ask].panel = std::move(panel);
  arrive(ask, now);
}

// Past the last link an ask is parked: for whoever may answer, until the policy's own deadline.
void Chain::arrive(std::uint64_t ask, std::uint64_t now) {
  Place& place = places_.at(ask);
  const auto& links = place.panel->links;
  const Reviewer* const link = place.link < links.size() ? &links[place.link] : nullptr;
  if (link != nullptr && link->automatic()) {
    Session& session = sessions_[place.panel->session];
    if (session.running >= kMostPerSession) return session.waiting.push_back(ask);
    return begin(ask, place, now);
  }
  const bool to_all = link == nullptr || link->kind == Kind::socket;
  place.to_terminal = true;
  place.to_all = place.to_all || to_all;
  if (link != nullptr && link->timeout_ms != 0)
    set_deadline(ask, place, now + link->timeout_ms * 1'000'000);
  hooks_.open_to_people(ask);
}

void Chain::begin(std::uint64_t ask, Place& place, std::uint64_t now) {
  const Reviewer& link = place.panel->links[place.link];
  sessions_[place.panel->session].running++;
  place.runs = true;
  set_deadline(ask, place, now + link.timeout_ms * 1'000'000);
  programs_.start(ask, link);
}

void Chain::end(std::uint64_t ask, Place& place) {
  set_deadline(ask, place, 0);
  if (place.runs) sessions_[place.panel->session].running--;
  place.runs = false;
}

void Chain::start_waiting(std::uint64_t serial, std::uint64_t now) {
  Session& session = sessions_[serial];
  while (session.running < kMostPerSession && !session.waiting.empty()) {
    const auto place = places_.find(session.waiting.front());
    session.waiting.pop_front();
    if (place != places_.end()) begin(place->first, place->second, now);
  }
  if (session.running == 0 && session.waiting.empty()) sessions_.erase(serial);
}

void Chain::drop(std::uint64_t ask, std::uint64_t now) {
  const auto place = places_.find(ask);
  if (place == places_.end()) return;
  const auto serial = place->second.panel->session;
  if (place->second.runs) programs_.stop(ask);
  end(ask, place->second);
  places_.erase(place);
  start_waiting(serial, now);
}

void Chain::move_on(std::uint64_t ask, std::uint64_t now) {
  const auto place = places_.find(ask);
  if (place == places_.end()) return;
  place->second.link++;
  arrive(ask, now);
}

void Chain::fail(std::uint64_t ask, const std::string& failure, std::uint64_t now) {
  const Place& place = places_.at(ask);
  const auto panel = place.panel;
  const Reviewer& link = panel->links[place.link];
  // Who failed is no approver.
  const bool cannot_allow = link.on_failure == Failing::allow && panel->approvers > 1;
  const Failing then = cannot_allow ? Failing::next : link.on_failure;
  hooks_.passed(ask, link, failure, then);
  if (then != Failing::next) hooks_.settled(ask, link, then == Failing::allow ? GH_ALLOW : GH_DENY);
  move_on(ask, now);
}

void Chain::answered(std::uint64_t ask, const Verdict& verdict, std::uint64_t now) {
  const auto place = places_.find(ask);
  if (place == places_.end() || !place->second.runs) return;
  const auto panel = place->second.panel;
  const Reviewer& link = panel->links[place->second.link];
  end(ask, place->second);
  if (const auto* failure = std::get_if<Failure>(&verdict)) {
    fail(ask, failure->why, now);
  } else {
    const auto& decision = std::get<Decision>(verdict);
    const bool passes = decision.verdict == Decision::Verdict::next;
    if (passes) hooks_.passed(ask, link, {}, Failing::next);
    if (passes || !hooks_.decided(ask, link, decision)) move_on(ask, now);
  }
  start_waiting(panel->session, now);
}

void Chain::expire(std::uint64_t now) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const std::uint64_t ask = deadlines_.begin()->second;
    Place& place = places_.at(ask);
    const auto serial = place.panel->session;
    if (place.runs) programs_.stop(ask);
    end(ask, place);
    fail(ask, "no answer in time", now);
    start_waiting(serial, now);
  }
}

bool Chain::is_open(std::uint64_t ask, bool at_terminal) const {
  const auto place = places_.find(ask);
  if (place == places_.end()) return false;
  return place->second.to_all || (at_terminal && place->second.to_terminal);
}

std::shared_ptr<const Panel> Chain::panel(std::uint64_t ask) const {
  const auto place = places_.find(ask);
  return place == places_.end() ? nullptr : place->second.panel;
}

const Reviewer* Chain::turn(std::uint64_t ask) const {
  const auto place = places_.find(ask);
  if (place == places_.end()) return nullptr;
  const auto& links = place->second.panel->links;
  return place->second.link < links.size() ? &links[place->second.link] : nullptr;
}

}  // namespace gatehouse::reviewers
