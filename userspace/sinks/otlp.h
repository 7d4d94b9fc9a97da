// SPDX-License-Identifier: Apache-2.0
// The sink that sends events to an OpenTelemetry collector: OTLP's JSON over HTTP (docs/telemetry.md). It must
// never do more on the caller's thread than to write one record down in memory.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "sinks/otlp_sender.h"
#include "sinks/sink.h"

namespace gatehouse::sinks {

class OtlpSink : public Sink {
 public:
  static constexpr std::uint64_t kMostSpool = 64u << 20;

  explicit OtlpSink(std::unique_ptr<OtlpSender> sender) : sender_(std::move(sender)) {}
  // `state`: the folder below which the spool is.
  static Result<std::unique_ptr<Sink>> open(const std::string& target, const std::string& state);

  void write(const events::Event& event) override;
  std::optional<Loss> take_loss() override { return sender_->take_loss(); }
  [[nodiscard]] SinkState state() const override { return sender_->state(); }

 private:
  std::unique_ptr<OtlpSender> sender_;
};

}  // namespace gatehouse::sinks
