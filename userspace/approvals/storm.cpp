// SPDX-License-Identifier: Apache-2.0
// A session that asks for more than a person can read: its further questions wait as one. They must never be
// allowed unseen, nor wait longer than there is no room to show them.
#include <algorithm>

#include "approvals/queue.h"

namespace gatehouse::approvals {

void Queue::admit(Slot& slot) {
  Crowd& crowd = crowds_[slot.entry.first.session.serial];
  crowd.most = std::max<std::size_t>(slot.entry.terms.max_open, 1);
  slot.hidden = crowd.shown >= crowd.most;
  if (slot.hidden) {
    crowd.hidden.insert(slot.entry.id);
  } else {
    ++crowd.shown;
  }
}

void Queue::show_next(std::uint64_t session) {
  const auto found = crowds_.find(session);
  Crowd& crowd = found->second;
  while (crowd.shown < crowd.most && !crowd.hidden.empty()) {
    Slot& slot = slots_.at(*crowd.hidden.begin());
    crowd.hidden.erase(crowd.hidden.begin());
    crowd.changed = true;
    ++crowd.shown;
    slot.hidden = false;
    tell(Change::opened, slot);
  }
  if (crowd.hidden.empty()) {
    crowd.changed = false;
    if (crowd.storm && watcher_) watcher_(Change::closed, *crowd.storm);
    crowd.storm.reset();
  }
  if (crowd.shown == 0 && crowd.hidden.empty()) crowds_.erase(found);
}

void Queue::tell_storm(Crowd& crowd) {
  const bool opened = !crowd.storm;
  Entry entry;
  entry.id = opened ? next_id_++ : crowd.storm->id;
  entry.storm.emplace();
  std::set<std::uint32_t> processes;
  for (const std::uint64_t id : crowd.hidden) {
    const Slot& slot = slots_.at(id);
    const Entry& one = slot.entry;
    Storm& storm = *entry.storm;
    if (storm.objects++ == 0) {
      entry.first = one.first;
      entry.terms = one.terms;
      entry.since = one.since;
    }
    ++storm.kinds[one.ask().access];
    if (storm.examples.size() < Storm::kMostExamples)
      storm.examples.push_back(one.ask().object.text);
    entry.since = std::min(entry.since, one.since);
    if (one.deadline != 0 && (entry.deadline == 0 || one.deadline < entry.deadline))
      entry.deadline = one.deadline;
    entry.waiting += one.waiting;
    for (const auto& [pid, tid] : slot.threads)
      processes.insert(pid);
  }
  entry.processes = processes.size();
  crowd.storm = std::move(entry);
  crowd.changed = false;
  if (watcher_) watcher_(opened ? Change::opened : Change::joined, *crowd.storm);
}

std::optional<Refusal> Queue::answer_storm(std::uint64_t session, const Answer& answer,
                                           std::uint64_t now) {
  const std::set<std::uint64_t> hidden = crowds_.at(session).hidden;
  for (const std::uint64_t id : hidden) {
    const auto slot = slots_.find(id);
    if (slot == slots_.end()) continue;
    auto refused = answer_slot(slot, answer, now);
    // Who ended meanwhile needs no answer. But where there was no room for one, there is none for the next.
    if (refused && slots_.contains(id)) return refused;
  }
  return std::nullopt;
}

}  // namespace gatehouse::approvals
