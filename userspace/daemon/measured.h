// SPDX-License-Identifier: Apache-2.0
// The controller's numbers for Prometheus: who counts, and who serves what was counted. It must never let a
// reader of metrics reach the controller: the server's thread sees copies.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/result.h"
#include "daemon/controller.h"
#include "metrics/counts.h"
#include "metrics/server.h"

namespace gatehouse::daemon {

class Measured {
 public:
  // `address`: "" serves nothing, and counts nothing. The controller outlives it.
  static Result<Measured> start(const std::string& address, Controller& controller);

  // What is there now; about once a second, however often it is called.
  void look();

 private:
  explicit Measured(Controller& controller) : controller_(&controller) {}

  Controller* controller_;
  metrics::Counts* counts_ = nullptr;  // a sink of the controller's
  std::unique_ptr<metrics::Server> server_;
  std::chrono::steady_clock::time_point looked_{};
};

}  // namespace gatehouse::daemon
