// SPDX-License-Identifier: Apache-2.0
// Waiters come and go: the grouping behind queue.h. It must never scan all entries for one waiter:
// thousands of threads may ask within a moment.
#include "approvals/queue.h"

#include <algorithm>

namespace gatehouse::approvals {

Waiter waiter_of(const events::Event& event, const events::AskKey& key) {
  return {event.session.serial, key.object,          key.syscall,     event.process.pid,
          event.process.tid,    event.process.start, key.thread_start};
}

namespace {

bool same_ask(const Waiter& a, const Waiter& b) {
  return a.thread_start == b.thread_start && a.object == b.object && a.session == b.session;
}

}  // namespace

bool Queue::Slot::has_process(std::uint32_t pid) const {
  const auto thread = threads.lower_bound({pid, 0});
  return thread != threads.end() && thread->first == pid;
}

void Queue::Slot::add(const Thread& thread) {
  if (!has_process(thread.first)) ++entry.processes;
  threads.insert(thread);
  entry.waiting = threads.size();
}

void Queue::Slot::remove(const Thread& thread) {
  threads.erase(thread);
  if (!has_process(thread.first)) --entry.processes;
  entry.waiting = threads.size();
}

Queue::Key Queue::key_of(const Entry& entry) {
  return {entry.first.session.serial, entry.ask().access, entry.ask().key.object};
}

void Queue::tell(Change change, const Slot& slot) {
  if (slot.hidden) {
    crowds_.at(slot.entry.first.session.serial).changed = true;
  } else if (watcher_) {
    watcher_(change, slot.entry);
  }
}

Result<std::uint64_t> Queue::ask(const events::Event& event, const Terms& terms,
                                 std::uint64_t now) {
  const auto& ask = std::get<events::Ask>(event.body);
  const Waiter waiter = waiter_of(event, ask.key);
  const Thread thread{waiter.pid, waiter.tid};
  const Key key{waiter.session, ask.access, ask.key.object};
  const auto known = ids_.find(key);

  if (const auto place = places_.find(thread); place != places_.end()) {
    if (same_ask(place->second.waiter, waiter) && known != ids_.end() &&
        known->second == place->second.id) {
      place->second.waiter = waiter;  // said again
      return place->second.id;
    }
    leave(place);  // a thread waits for one thing at a time
  }
  auto answered = answer_known(event, waiter, terms, now);
  if (answered && *answered) return std::uint64_t{0};

  // Whoever could not be answered stays on the list, where the timeout tries again.
  const auto entry = ids_.find(key);
  const bool opened = entry == ids_.end();
  Slot& slot = opened ? open(event, terms, now) : slots_.at(entry->second);
  if (ask.since != 0 && ask.since < slot.entry.since) date(slot, ask.since);
  places_[thread] = {slot.entry.id, waiter};
  join(slot, waiter, opened);
  if (!answered) return answered.take_error();
  return slot.entry.id;
}

Queue::Slot& Queue::open(const events::Event& event, const Terms& terms, std::uint64_t now) {
  const std::uint64_t id = next_id_++;
  Slot& slot = slots_[id];
  slot.entry.id = id;
  slot.entry.first = event;
  std::get<events::Ask>(slot.entry.first.body).approval = id;
  slot.entry.terms = terms;
  slot.entry.history = &history_;
  date(slot, now);
  ids_[key_of(slot.entry)] = id;
  admit(slot);
  return slot;
}

// It has waited since then, and its time runs from then.
void Queue::date(Slot& slot, std::uint64_t since) {
  Entry& entry = slot.entry;
  deadlines_.erase({entry.deadline, entry.id});
  entry.since = since;
  if (entry.terms.at_once) {
    entry.deadline = since + 1'000'000'000;
  } else if (entry.terms.timeout_ms != 0) {
    entry.deadline = since + std::min(entry.terms.timeout_ms, kMostMs) * 1'000'000;
  }
  if (entry.deadline != 0) deadlines_.emplace(entry.deadline, entry.id);
}

void Queue::join(Slot& slot, const Waiter& waiter, bool opened) {
  slot.add({waiter.pid, waiter.tid});
  tell(opened ? Change::opened : Change::joined, slot);
}

void Queue::leave(std::map<Thread, Place>::iterator place) {
  const auto slot = slots_.find(place->second.id);
  slot->second.remove(place->first);
  places_.erase(place);
  if (slot->second.threads.empty()) {
    close(slot);
  } else {
    tell(Change::left, slot->second);
  }
}

void Queue::close(Slots::iterator slot) {
  for (const Thread& thread : slot->second.threads) {
    places_.erase(thread);
  }
  const Entry& entry = slot->second.entry;
  deadlines_.erase({entry.deadline, entry.id});
  ids_.erase(key_of(entry));
  const std::uint64_t session = entry.first.session.serial;
  Crowd& crowd = crowds_.at(session);
  if (slot->second.hidden) {
    crowd.hidden.erase(entry.id);
  } else {
    --crowd.shown;
  }
  tell(Change::closed, slot->second);
  slots_.erase(slot);
  show_next(session);
}

void Queue::gone(const events::Event& event) {
  const auto& key = std::get<events::AskGone>(event.body).key;
  const auto place = places_.find({event.process.pid, event.process.tid});
  if (place == places_.end()) return;
  // The thread may have asked anew since: only the ask that is meant goes.
  const Waiter& waiter = place->second.waiter;
  const bool names_object = key.object != events::ObjectHash{};
  if (key.thread_start != 0 && waiter.thread_start != key.thread_start) return;
  if (names_object && waiter.object != key.object) return;
  leave(place);
}

void Queue::exited(const events::Event& event) {
  const events::Process& process = event.process;
  auto place = places_.lower_bound({process.pid, 0});
  while (place != places_.end() && place->first.first == process.pid) {
    const auto next = std::next(place);
    if (place->second.waiter.process_start == process.start) leave(place);
    place = next;
  }
  if (grants_.forget_process(event.session.serial, process.pid, process.start))
    changed_grants(event.session.serial);
}

void Queue::session_ended(std::uint64_t serial) {
  std::vector<std::uint64_t> open_ids;
  for (auto at = ids_.lower_bound({serial, 0, {}});
       at != ids_.end() && std::get<0>(at->first) == serial; ++at) {
    open_ids.push_back(at->second);
  }
  // Those in a storm first, or each would be shown when there is room for it.
  for (const bool hidden : {true, false}) {
    for (const std::uint64_t id : open_ids) {
      const auto slot = slots_.find(id);
      if (slot != slots_.end() && slot->second.hidden == hidden) close(slot);
    }
  }
  grants_.forget_session(serial);
  history_.forget_session(serial);
}

const Entry* Queue::find(std::uint64_t id) const {
  if (const auto slot = slots_.find(id); slot != slots_.end()) return &slot->second.entry;
  for (const auto& [session, crowd] : crowds_) {
    if (crowd.storm && crowd.storm->id == id) return &*crowd.storm;
  }
  return nullptr;
}

std::vector<const Entry*> Queue::list(std::uint64_t session) const {
  std::vector<const Entry*> entries;
  for (const auto& [id, slot] : slots_) {
    if (slot.hidden) continue;
    if (session == 0 || slot.entry.first.session.serial == session) entries.push_back(&slot.entry);
  }
  for (const auto& [serial, crowd] : crowds_) {
    if (crowd.storm && (session == 0 || serial == session)) entries.push_back(&*crowd.storm);
  }
  std::stable_sort(entries.begin(), entries.end(), [](const Entry* a, const Entry* b) {
    const auto urgency = [](const Entry* entry) {
      return std::tuple(entry->deadline == 0, entry->deadline, entry->since);
    };
    return urgency(a) < urgency(b);
  });
  return entries;
}

std::optional<std::uint64_t> Queue::next_deadline() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

}  // namespace gatehouse::approvals
