// SPDX-License-Identifier: Apache-2.0
// Asks and a kernel that only takes notes, for the tests of this room. It must never decide anything.
#pragma once

#include <string>
#include <vector>

#include "approvals/answerer.h"
#include "events/event.h"

namespace gatehouse::approvals {

inline constexpr std::uint64_t kSecond = 1'000'000'000;

struct Asking {
  std::uint32_t pid = 100;
  std::uint32_t tid = 100;
  std::uint64_t object = 1;
  std::uint64_t session = 3;
  std::uint64_t thread_start = 0;  // 0: ten times the tid
};

inline events::Process process_of(const Asking& who) {
  events::Process process;
  process.pid = who.pid;
  process.tid = who.tid;
  process.start = who.pid * 10ull;
  process.uid = 1000;
  process.comm = "git";
  return process;
}

inline events::Event ask_of(const Asking& who) {
  events::Event event;
  event.session = {who.session, "night-shift", {}};
  event.policy = {"coding-agent", 9};
  event.process = process_of(who);
  events::Ask ask;
  ask.access = GH_EXEC;
  ask.object.text = "/bin/object" + std::to_string(who.object);
  ask.verdict = GH_ASK;
  ask.rule = {"push", "coding-agent", "publishes code"};
  ask.key.object = {who.object, 7};
  ask.key.thread_start = who.thread_start ? who.thread_start : who.tid * 10ull;
  ask.key.syscall = 5;
  event.body = ask;
  return event;
}

inline events::Event gone_of(const Asking& who) {
  events::Event event = ask_of(who);
  const auto key = std::get<events::Ask>(event.body).key;
  event.body = events::AskGone{GH_EXEC, key};
  return event;
}

inline events::Event exit_of(const Asking& who) {
  events::Event event = ask_of(who);
  event.body = events::Exit{0};
  return event;
}

class NotedAnswers : public Answerer {
 public:
  struct Note {
    Waiter waiter;
    int scope;
    gh_verdict verdict;
    std::uint64_t expires;
  };

  Result<bool> answer(const Waiter& waiter, int scope, gh_verdict verdict,
                      std::uint64_t expires) override {
    if (room == 0) return Error{ENOSPC, "no room for the answer"};
    --room;
    for (const std::uint32_t tid : dead) {
      if (tid == waiter.tid) return false;
    }
    notes.push_back({waiter, scope, verdict, expires});
    return true;
  }

  Result<bool> take_back(const Waiter& subject, int scope) override {
    if (broken) return Error{EIO, "the map is out of reach"};
    taken.push_back({subject, scope, GH_DENY, 0});
    return true;
  }

  std::vector<Note> notes, taken;
  bool broken = false;
  std::vector<std::uint32_t> dead;
  std::size_t room = 1'000'000;
};

}  // namespace gatehouse::approvals
