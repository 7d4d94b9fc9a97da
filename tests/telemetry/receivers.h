// SPDX-License-Identifier: Apache-2.0
// Receivers that are not ours, started for a test: each ends with its object. They must never listen beyond
// loopback.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "e2e/command.h"

namespace gatehouse::telemetry {

// node with OpenTelemetry's generated definitions (otlp-receiver.js), which scripts/receivers brings.
class OtlpReceiver {
 public:
  explicit OtlpReceiver(const std::string& port = "0");
  [[nodiscard]] const std::string& port() const { return port_; }
  // As it read them, one object for each.
  [[nodiscard]] std::vector<e2e::Json> requests() const;
  [[nodiscard]] std::string said() const { return process_->out() + process_->err(); }

 private:
  std::unique_ptr<e2e::Running> process_;
  std::string port_;
};

}  // namespace gatehouse::telemetry
