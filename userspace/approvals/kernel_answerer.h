// SPDX-License-Identifier: Apache-2.0
// The Answerer that answers in the kernel. It must never add to what kernel::Answers does.
#pragma once

#include "approvals/answerer.h"
#include "kernel/answers.h"

namespace gatehouse::approvals {

inline kernel::Asker asker_of(const Waiter& waiter) {
  kernel::Asker asker;
  asker.session = waiter.session;
  asker.object[0] = waiter.object[0];
  asker.object[1] = waiter.object[1];
  asker.syscall = waiter.syscall;
  asker.leader_start = waiter.process_start;
  asker.thread_start = waiter.thread_start;
  asker.pid = waiter.pid;
  asker.tid = waiter.tid;
  return asker;
}

class KernelAnswerer : public Answerer {
 public:
  explicit KernelAnswerer(kernel::Answers& answers) : answers_(answers) {}

  Result<bool> answer(const Waiter& waiter, int scope, gh_verdict verdict,
                      std::uint64_t expires) override {
    auto delivery =
        answers_.answer(asker_of(waiter), static_cast<std::uint32_t>(scope), verdict, expires);
    if (!delivery) return delivery.take_error();
    return *delivery == kernel::Delivery::delivered;
  }

 private:
  kernel::Answers& answers_;
};

}  // namespace gatehouse::approvals
