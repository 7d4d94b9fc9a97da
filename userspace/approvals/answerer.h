// SPDX-License-Identifier: Apache-2.0
// How an answer reaches the threads that wait for it, and how it is taken back; the kernel in life, a list in tests. It must
// never answer for another object or another thread than the waiter names.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "events/event.h"

namespace gatehouse::approvals {

// A paused thread and what it waits for.
struct Waiter {
  std::uint64_t session = 0;  // serial
  events::ObjectHash object{};
  std::uint64_t syscall = 0;  // fingerprint
  std::uint32_t pid = 0;      // thread group
  std::uint32_t tid = 0;
  std::uint64_t process_start = 0;  // ns since boot
  std::uint64_t thread_start = 0;
};

// Whoever an ask event is of, or the end of an ask.
Waiter waiter_of(const events::Event& event, const events::AskKey& key);

class Answerer {
 public:
  Answerer() = default;
  Answerer(const Answerer&) = delete;
  Answerer& operator=(const Answerer&) = delete;
  virtual ~Answerer() = default;

  // Records the answer, then wakes the waiter; with a scope wider than once also whoever else that
  // answer is for. `expires`: ktime ns, 0: with its subject. False: the waiter ended, nothing is kept.
  virtual Result<bool> answer(const Waiter& waiter, int scope, gh_verdict verdict,
                              std::uint64_t expires) = 0;
  // An answer of a scope wider than once is one no more: the next request asks again. False: there was none.
  virtual Result<bool> take_back(const Waiter& subject, int scope) = 0;
};

}  // namespace gatehouse::approvals
