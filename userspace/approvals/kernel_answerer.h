// SPDX-License-Identifier: Apache-2.0
// The Answerer that answers in the kernel. It must never add to what the kernel room does.
#pragma once

#include "approvals/answerer.h"
#include "kernel/answers.h"
#include "kernel/granted.h"

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
  KernelAnswerer(kernel::Answers& answers, kernel::Memory& memory)
      : answers_(answers), memory_(memory) {}

  Result<bool> answer(const Waiter& waiter, int scope, gh_verdict verdict,
                      std::uint64_t expires) override {
    auto delivery =
        answers_.answer(asker_of(waiter), static_cast<std::uint32_t>(scope), verdict, expires);
    if (!delivery) return delivery.take_error();
    return *delivery == kernel::Delivery::delivered;
  }

  Result<bool> take_back(const Waiter& subject, int scope) override {
    return kernel::take_back(
        memory_, kernel::grant_key(asker_of(subject), static_cast<std::uint32_t>(scope)));
  }

 private:
  kernel::Answers& answers_;
  kernel::Memory& memory_;
};

}  // namespace gatehouse::approvals
