// SPDX-License-Identifier: Apache-2.0
// Every thread that waits for a person, grouped into questions: opened, joined, answered, expired. It
// must never answer wider than the policy lets it, nor forget a waiter that the kernel still holds.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "approvals/answerer.h"
#include "approvals/entry.h"
#include "approvals/remembered.h"

namespace gatehouse::approvals {

enum class Change { opened, joined, left, closed };

class Queue {
 public:
  // Events that the queue makes; time is for the receiver to stamp.
  using Report = std::function<void(events::Event)>;
  using Watcher = std::function<void(Change, const Entry&)>;

  // `first_id`: above any id that people may still have before their eyes, after a restart.
  Queue(Answerer& answerer, Report report, std::uint64_t first_id = 1)
      : answerer_(answerer), report_(std::move(report)), next_id_(first_id) {}

  // Called after each change, within the call that made it; must not call back into the queue.
  void watch(Watcher watcher) { watcher_ = std::move(watcher); }

  // An ask event of the kernel, said for the first time or again. Returns the id of the entry that it
  // waits in; 0: it was answered at once.
  Result<std::uint64_t> ask(const events::Event& event, const Terms& terms, std::uint64_t now);

  // Why that answer would not be taken; nothing: it would.
  [[nodiscard]] std::optional<Refusal> refusal(std::uint64_t id, const Answer& answer) const;
  // Nothing: done.
  std::optional<Refusal> answer(std::uint64_t id, const Answer& answer, std::uint64_t now);
  // Entries whose time is over get what their policy says.
  void expire(std::uint64_t now);
  [[nodiscard]] std::optional<std::uint64_t> next_deadline() const;

  void gone(const events::Event& ask_gone);
  void exited(const events::Event& exit);
  void session_ended(std::uint64_t serial);

  [[nodiscard]] const Entry* find(std::uint64_t id) const;
  // In the order of their ids; session 0: all.
  [[nodiscard]] std::vector<const Entry*> list(std::uint64_t session = 0) const;
  [[nodiscard]] std::size_t waiting() const { return places_.size(); }

 private:
  using Key = std::tuple<std::uint64_t, int, events::ObjectHash>;  // session, access, object
  using Thread = std::pair<std::uint32_t, std::uint32_t>;          // pid, tid
  struct Slot {
    Entry entry;
    std::set<Thread> threads;
  };
  struct Place {
    std::uint64_t id = 0;
    Waiter waiter;
  };
  using Slots = std::map<std::uint64_t, Slot>;
  // How an answer reached an entry's waiters.
  struct Outcome {
    std::size_t delivered = 0;
    std::optional<Error> failure;
  };

  static Key key_of(const Entry& entry);
  Slot& open(const events::Event& event, const Terms& terms, std::uint64_t now);
  void join(Slot& slot, const Waiter& waiter, bool opened);
  void leave(std::map<Thread, Place>::iterator place);
  void close(Slots::iterator slot);
  Outcome deliver(Slot& slot, int scope, gh_verdict verdict, std::uint64_t expires);
  Result<bool> answer_known(const events::Event& event, const Waiter& waiter, const Terms& terms,
                            std::uint64_t now);
  void tell(Change change, const Entry& entry);
  void report(const Entry& entry, events::Body body);

  Answerer& answerer_;
  Report report_;
  Watcher watcher_;
  std::uint64_t next_id_;
  Slots slots_;
  std::map<Key, std::uint64_t> ids_;
  std::map<Thread, Place> places_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> deadlines_;  // when, id
  Memory memory_;
};

}  // namespace gatehouse::approvals
