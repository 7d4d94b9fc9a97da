// SPDX-License-Identifier: Apache-2.0
// From the controller into the gauges of measured.h. It must never serve before there is something to count.
#include "daemon/measured.h"

#include <spdlog/spdlog.h>

#include "metrics/text.h"

namespace gatehouse::daemon {

Result<Measured> Measured::start(const std::string& address, Controller& controller) {
  Measured measured(controller);
  if (address.empty()) return measured;
  auto counts = std::make_unique<metrics::Counts>();
  measured.counts_ = counts.get();
  controller.add_sink(std::move(counts));
  measured.look();
  auto server = metrics::Server::start(
      address, [counts = measured.counts_] { return metrics::prometheus_text(counts->numbers()); });
  if (!server) return server.take_error();
  measured.server_ = std::move(*server);
  spdlog::info("serving metrics at {}", address);
  return measured;
}

void Measured::look() {
  const auto now = std::chrono::steady_clock::now();
  if (counts_ == nullptr || now - looked_ < std::chrono::seconds(1)) return;
  looked_ = now;
  metrics::Gauges gauges;
  gauges.sessions = controller_->sessions().size();
  gauges.asks_open = controller_->queue().list().size();
  gauges.asks_waiting = controller_->queue().waiting();
  for (auto& [kind, state] : controller_->sink_states())
    gauges.sinks.push_back({kind, state});
  counts_->set(std::move(gauges));
}

}  // namespace gatehouse::daemon
