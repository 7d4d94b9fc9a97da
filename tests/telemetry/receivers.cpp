// SPDX-License-Identifier: Apache-2.0
// Starting and reading the receivers of receivers.h. One that does not come up must fail its test, never be
// passed over.
#include "receivers.h"

#include <gtest/gtest.h>

namespace gatehouse::telemetry {

OtlpReceiver::OtlpReceiver(const std::string& port) {
  const std::string source = GH_TEST_SOURCE_DIR;
  process_ = std::make_unique<e2e::Running>(
      e2e::Words{"node", source + "/tests/telemetry/otlp-receiver.js",
                 source + "/build/receivers/node_modules", port});
  if (!e2e::eventually([&] { return process_->out().find('\n') != std::string::npos; }, 60))
    ADD_FAILURE() << "the receiver did not start (scripts/receivers brings its packages): "
                  << said();
  const auto out = process_->out();
  if (out.starts_with("port ")) port_ = out.substr(5, out.find('\n') - 5);
}

std::vector<e2e::Json> OtlpReceiver::requests() const {
  std::vector<e2e::Json> requests;
  for (auto& line : e2e::json_lines(process_->out()))
    if (line.is_object()) requests.push_back(std::move(line));
  return requests;
}

}  // namespace gatehouse::telemetry
