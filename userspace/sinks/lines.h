// SPDX-License-Identifier: Apache-2.0
// The sink that writes one line per event to an Output, whatever the line looks like. It must never
// forget a loss: the first line after one says how many are missing.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "sinks/output.h"
#include "sinks/sink.h"

namespace gatehouse::sinks {

class LineSink : public Sink {
 public:
  using Format = std::function<std::string(const events::Event&)>;  // without the newline

  LineSink(Output output, Format format) : output_(std::move(output)), format_(std::move(format)) {}

  void write(const events::Event& event) override;
  void flush() override;
  [[nodiscard]] SinkState state() const override { return {sent_, lost_, output_.pending()}; }
  // Of all time, reported or not.
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

 private:
  bool report_loss(std::int64_t time);

  Output output_;
  Format format_;
  std::uint64_t sent_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t reported_ = 0;
};

}  // namespace gatehouse::sinks
