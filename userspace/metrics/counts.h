// SPDX-License-Identifier: Apache-2.0
// What happened, in numbers for Prometheus (docs/telemetry.md): a sink that only counts. It must never grow
// with what agents do: every label is from a fixed list, or bounded in number.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "sinks/sink.h"

namespace gatehouse::metrics {

struct SinkRow {
  std::string kind;
  sinks::SinkState state;
};

// What the controller sees when it looks.
struct Gauges {
  std::uint64_t sessions = 0;
  std::uint64_t asks_open = 0;     // questions
  std::uint64_t asks_waiting = 0;  // threads
  std::vector<SinkRow> sinks;
};

// From a question to its answer.
struct Waits {
  static constexpr std::array<double, 12> kBounds = {0.05, 0.25, 1,   5,   15,   30,
                                                     60,   120,  300, 900, 3600, 14400};  // seconds
  std::array<std::uint64_t, kBounds.size() + 1> in{};  // the last: longer
  double sum = 0;
};

struct Numbers {
  using Decision = std::tuple<gh_verdict, gh_access, gh_reason, bool>;  // audit
  using Rule = std::tuple<std::string, std::string, gh_verdict>;        // layer, rule
  std::map<Decision, std::uint64_t> decisions;
  std::map<Rule, std::uint64_t> rules;
  std::map<std::string_view, std::uint64_t> events;  // by type
  std::map<gh_access, std::uint64_t> asks;
  std::map<std::pair<gh_verdict, std::string_view>, std::uint64_t> answers;  // by whom
  std::map<std::string, std::uint64_t> lost;                                 // by ring
  std::uint64_t events_read = 0, asks_read = 0;  // of the kernel's rings
  std::uint64_t gone = 0;
  Waits waits;
  Gauges gauges;
};

class Counts : public sinks::Sink {
 public:
  static constexpr std::size_t kMostRules = 500;       // more are counted together
  static constexpr std::size_t kMostWaiting = 16'384;  // whose wait is measured
  static constexpr std::string_view kOtherRules = "(other)";

  void write(const events::Event& event) override;
  [[nodiscard]] sinks::SinkState state() const override { return {}; }
  void set(Gauges gauges);

  [[nodiscard]] Numbers numbers() const;

 private:
  void count(const events::Decision& event);
  void begin_wait(std::uint64_t approval, std::int64_t time);
  void end_wait(std::uint64_t approval, std::int64_t time);

  mutable std::mutex mutex_;  // held for a moment only: the controller waits for it
  Numbers numbers_;
  std::map<std::uint64_t, std::int64_t> waiting_;  // approval, since
};

}  // namespace gatehouse::metrics
