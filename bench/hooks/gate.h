// SPDX-License-Identifier: Apache-2.0
// One loaded gate and sessions in it, without JSON and without a daemon: the hooks are what is timed.
// It must never be loaded before the figures without it have been taken.
#pragma once

#include <memory>
#include <string>

#include "kernel/admission.h"
#include "kernel/answers.h"
#include "kernel/enforcement.h"
#include "kernel/heartbeat.h"
#include "kernel/publish.h"
#include "kernel/ring.h"
#include "tables/tables.h"

namespace gatehouse::bench {

template <typename T>
T need(Result<T> result, const std::string& doing);
[[noreturn]] void give_up(const std::string& doing, const Error& error);

class Gate {
 public:
  Gate();  // GH_BENCH_PORTABLE in the environment: the portable object
  ~Gate();

  std::unique_ptr<kernel::Enforcement> enforcement;
  std::unique_ptr<kernel::Grace> grace;
  std::unique_ptr<kernel::Publisher> publisher;
  std::unique_ptr<kernel::Admission> admission;
  std::unique_ptr<kernel::Answers> answers;
  std::unique_ptr<kernel::Heartbeat> heartbeat;
  std::unique_ptr<kernel::Ring> events;
};

class Session {
 public:
  Session(Gate& gate, const tables::Tables& tables);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  [[nodiscard]] int cgroup() const { return cgroup_.fd(); }
  // ns that publishing took: filling, verifying and naming, then flipping
  [[nodiscard]] double publish_cost() const { return publish_cost_; }

 private:
  Gate& gate_;
  kernel::Cgroup cgroup_;
  kernel::AdmittedSession admitted_;
  double publish_cost_ = 0;
};

// A cgroup as deep as a service of a user's: where bystanders and the bare figures run.
int bystander_cgroup();

template <typename T>
T need(Result<T> result, const std::string& doing) {
  if (!result) give_up(doing, result.error());
  return std::move(*result);
}

}  // namespace gatehouse::bench
