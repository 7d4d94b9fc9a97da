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

Queue::Key Queue::key_of(const Entry& entry) {
  return {entry.first.session.serial, entry.ask().access, entry.ask().key.object};
}

void Queue::tell(Change change, const Entry& entry) {
  if (watcher_) watcher_(change, entry);
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
  slot.entry.since = now;
  if (terms.at_once) {
    slot.entry.deadline = now + 1'000'000'000;
  } else if (terms.timeout_ms != 0) {
    slot.entry.deadline = now + std::min(terms.timeout_ms, kMostMs) * 1'000'000;
  }
  if (slot.entry.deadline != 0) deadlines_.emplace(slot.entry.deadline, id);
  ids_[key_of(slot.entry)] = id;
  return slot;
}

void Queue::join(Slot& slot, const Waiter& waiter, bool opened) {
  slot.threads.insert({waiter.pid, waiter.tid});
  slot.entry.waiting = slot.threads.size();
  tell(opened ? Change::opened : Change::joined, slot.entry);
}

void Queue::leave(std::map<Thread, Place>::iterator place) {
  const auto slot = slots_.find(place->second.id);
  slot->second.threads.erase(place->first);
  slot->second.entry.waiting = slot->second.threads.size();
  places_.erase(place);
  if (slot->second.threads.empty()) {
    close(slot);
  } else {
    tell(Change::left, slot->second.entry);
  }
}

void Queue::close(Slots::iterator slot) {
  for (const Thread& thread : slot->second.threads) {
    places_.erase(thread);
  }
  const Entry& entry = slot->second.entry;
  deadlines_.erase({entry.deadline, entry.id});
  ids_.erase(key_of(entry));
  tell(Change::closed, entry);
  slots_.erase(slot);
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
  memory_.forget_process(event.session.serial, process.pid, process.start);
}

void Queue::session_ended(std::uint64_t serial) {
  std::vector<std::uint64_t> open_ids;
  for (auto at = ids_.lower_bound({serial, 0, {}});
       at != ids_.end() && std::get<0>(at->first) == serial; ++at) {
    open_ids.push_back(at->second);
  }
  for (const std::uint64_t id : open_ids) {
    close(slots_.find(id));
  }
  memory_.forget_session(serial);
}

const Entry* Queue::find(std::uint64_t id) const {
  const auto slot = slots_.find(id);
  return slot == slots_.end() ? nullptr : &slot->second.entry;
}

std::vector<const Entry*> Queue::list(std::uint64_t session) const {
  std::vector<const Entry*> entries;
  for (const auto& [id, slot] : slots_) {
    if (session == 0 || slot.entry.first.session.serial == session) entries.push_back(&slot.entry);
  }
  return entries;
}

std::optional<std::uint64_t> Queue::next_deadline() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

}  // namespace gatehouse::approvals
