// SPDX-License-Identifier: Apache-2.0
// Every thread that waits for a person, grouped into questions: opened, joined, answered, expired. A session
// that asks too much shows the rest as one, its storm (docs/decisions/023). It must never answer wider than the
// policy lets it, nor forget a waiter that the kernel still holds.
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
#include "approvals/grants.h"
#include "approvals/history.h"

namespace gatehouse::approvals {

enum class Change { opened, joined, left, closed };

class Queue {
 public:
  // Events that the queue makes; time is for the receiver to stamp.
  using Report = std::function<void(events::Event)>;
  using Watcher = std::function<void(Change, const Entry&)>;

  // `first_id`: above any id that people may still have before their eyes, after a restart.
  Queue(Answerer& answerer, Report report, std::uint64_t first_id = 1)
      : answerer_(answerer),
        report_(std::move(report)),
        next_id_(first_id),
        next_grant_(first_id) {}

  // Called after each change, within the call that made it; must not call back into the queue. Not for what
  // waits in a storm: of that the watcher hears in expire().
  void watch(Watcher watcher) { watcher_ = std::move(watcher); }

  // An ask event of the kernel, said for the first time or again. Returns the id of the entry that it
  // waits in; 0: it was answered at once.
  Result<std::uint64_t> ask(const events::Event& event, const Terms& terms, std::uint64_t now);

  // Why that answer would not be taken; nothing: it would.
  [[nodiscard]] std::optional<Refusal> refusal(std::uint64_t id, const Answer& answer) const;
  // Nothing: done.
  std::optional<Refusal> answer(std::uint64_t id, const Answer& answer, std::uint64_t now);
  // Entries whose time is over get what their policy says; storms that changed are told of.
  void expire(std::uint64_t now);
  [[nodiscard]] std::optional<std::uint64_t> next_deadline() const;

  // Answers that still hold. `changed` is called after each change with the session, to record them.
  using GrantsChanged = std::function<void(std::uint64_t session)>;
  void watch_grants(GrantsChanged changed) { grants_changed_ = std::move(changed); }
  [[nodiscard]] const Grants& grants() const { return grants_; }
  // One that was given to a queue before this one, and holds; without an id it gets one.
  void restore(Grant grant);
  // Takes one back: the next request asks again. `session` is for the event.
  std::optional<Refusal> revoke(std::uint64_t id, const events::Session& session,
                                const events::Approver& by);

  void gone(const events::Event& ask_gone);
  void exited(const events::Event& exit);
  void session_ended(std::uint64_t serial);

  [[nodiscard]] const Entry* find(std::uint64_t id) const;
  // Who must be answered first, first: by deadline, those without one last, by age. Storms too, and not what
  // waits in them. Session 0: all.
  [[nodiscard]] std::vector<const Entry*> list(std::uint64_t session = 0) const;
  [[nodiscard]] std::size_t waiting() const { return places_.size(); }

 private:
  using Key = std::tuple<std::uint64_t, int, events::ObjectHash>;  // session, access, object
  using Thread = std::pair<std::uint32_t, std::uint32_t>;          // pid, tid
  struct Slot {
    Entry entry;
    std::set<Thread> threads;  // ordered by process
    bool hidden = false;       // in its session's storm

    [[nodiscard]] bool has_process(std::uint32_t pid) const;
    void add(const Thread& thread);
    void remove(const Thread& thread);
  };
  struct Place {
    std::uint64_t id = 0;
    Waiter waiter;
  };
  using Slots = std::map<std::uint64_t, Slot>;
  // The questions of one session.
  struct Crowd {
    std::size_t shown = 0;
    std::size_t most = 0;            // to be shown at a time
    std::set<std::uint64_t> hidden;  // ids rise with time
    std::optional<Entry> storm;      // as it was told
    bool changed = false;            // since then
  };
  // How an answer reached an entry's waiters.
  struct Outcome {
    std::size_t delivered = 0;
    std::uint64_t grant = 0;  // the last that was kept
    std::optional<Error> failure;
  };

  static Key key_of(const Entry& entry);
  Slot& open(const events::Event& event, const Terms& terms, std::uint64_t now);
  void join(Slot& slot, const Waiter& waiter, bool opened);
  void leave(std::map<Thread, Place>::iterator place);
  void date(Slot& slot, std::uint64_t since);
  void close(Slots::iterator slot);
  void admit(Slot& slot);
  void show_next(std::uint64_t session);
  void tell_storm(Crowd& crowd);
  std::optional<Refusal> answer_storm(std::uint64_t session, const Answer& answer,
                                      std::uint64_t now);
  std::optional<Refusal> answer_pattern(Slots::iterator slot, const Answer& answer,
                                        std::uint64_t now);
  std::optional<Refusal> answer_slot(Slots::iterator slot, const Answer& answer, std::uint64_t now);
  // `grant`: what the answer is remembered as, where its scope is wider than once.
  Outcome deliver(Slot& slot, const Grant& grant);
  static Grant grant_of(const Entry& entry, const Answer& answer, std::uint64_t now);
  void tell_granted(const Entry& entry, const Grant& grant, std::size_t waiting);
  void changed_grants(std::uint64_t session);
  Result<bool> answer_known(const events::Event& event, const Waiter& waiter, const Terms& terms,
                            std::uint64_t now);
  void tell(Change change, const Slot& slot);
  void report(const Entry& entry, events::Body body);
  void note(const Entry& entry, const Answer& answer, bool expired, std::uint64_t now);

  Answerer& answerer_;
  Report report_;
  Watcher watcher_;
  std::uint64_t next_id_;
  std::uint64_t next_grant_;
  Slots slots_;
  std::map<Key, std::uint64_t> ids_;
  std::map<Thread, Place> places_;
  std::map<std::uint64_t, Crowd> crowds_;                        // by session
  std::set<std::pair<std::uint64_t, std::uint64_t>> deadlines_;  // when, id
  Grants grants_;
  GrantsChanged grants_changed_;
  History history_;
};

}  // namespace gatehouse::approvals
