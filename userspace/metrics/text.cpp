// SPDX-License-Identifier: Apache-2.0
// Families and samples behind text.h. It must never write a sample before its family's HELP and TYPE.
#include "metrics/text.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <initializer_list>
#include <utility>

#include "base/quote.h"
#include "events/words.h"

namespace gatehouse::metrics {
namespace {

using Label = std::pair<std::string_view, std::string_view>;

class Text {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = "gatehouse_" + std::string(name);
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name_, help, name_, type);
  }
  template <typename Number>
  void sample(Number value, std::initializer_list<Label> labels = {},
              std::string_view suffix = {}) {
    out += name_;
    out += suffix;
    char between = '{';
    for (const auto& [key, label] : labels) {
      out += between;
      between = ',';
      out += fmt::format("{}=\"{}\"", key, escaped(visible(label)));
    }
    if (labels.size() != 0) out += '}';
    out += fmt::format(" {}\n", value);
  }
  std::string out;

 private:
  static std::string escaped(const std::string& text) {
    std::string safe;
    for (const char c : text) {
      if (c == '\\' || c == '"') safe += '\\';
      safe += c;
    }
    return safe;
  }
  std::string name_;
};

std::uint64_t resident_bytes() {
  std::uint64_t total = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void put_decisions(Text& text, const Numbers& numbers) {
  text.family("decisions_total", "counter",
              "Requests judged and told: all denials, and what is logged.");
  for (const auto& [key, count] : numbers.decisions) {
    const auto& [verdict, access, reason, audit] = key;
    text.sample(count, {{"verdict", events::verdict_word(verdict)},
                        {"access", events::access_word(access)},
                        {"reason", events::reason_word(reason)},
                        {"audit", audit ? "true" : "false"}});
  }
  text.family("rule_decisions_total", "counter", "The same by the rule that decided.");
  for (const auto& [key, count] : numbers.rules) {
    const auto& [layer, rule, verdict] = key;
    text.sample(count,
                {{"layer", layer}, {"rule", rule}, {"verdict", events::verdict_word(verdict)}});
  }
}

void put_asks(Text& text, const Numbers& numbers) {
  text.family("asks_total", "counter", "Threads that were held to ask.");
  for (const auto& [access, count] : numbers.asks)
    text.sample(count, {{"access", events::access_word(access)}});
  text.family("asks_open", "gauge", "Questions that wait for an answer now.");
  text.sample(numbers.gauges.asks_open);
  text.family("asks_waiting_threads", "gauge", "Threads that are held for them now.");
  text.sample(numbers.gauges.asks_waiting);
  text.family("answers_total", "counter", "Questions answered, by whom; timeout: by on_timeout.");
  for (const auto& [key, count] : numbers.answers)
    text.sample(count, {{"verdict", events::verdict_word(key.first)}, {"by", key.second}});
  text.family("asks_gone_total", "counter", "Held threads that went before an answer came.");
  text.sample(numbers.gone);
  text.family("ask_wait_seconds", "histogram", "From a question to its answer.");
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < Waits::kBounds.size(); i++) {
    below += numbers.waits.in[i];
    text.sample(below, {{"le", fmt::format("{}", Waits::kBounds[i])}}, "_bucket");
  }
  below += numbers.waits.in.back();
  text.sample(below, {{"le", "+Inf"}}, "_bucket");
  text.sample(numbers.waits.sum, {}, "_sum");
  text.sample(below, {}, "_count");
}

void put_events(Text& text, const Numbers& numbers) {
  text.family("events_total", "counter", "Events by type.");
  for (const auto& [type, count] : numbers.events)
    text.sample(count, {{"type", type}});
  text.family("ring_events_total", "counter", "Events read from the kernel's rings.");
  text.sample(numbers.events_read, {{"ring", "events"}});
  text.sample(numbers.asks_read, {{"ring", "asks"}});
  text.family("events_lost_total", "counter", "Events lost, by where (docs/events.md).");
  for (const std::string ring : {"events", "asks", "unknown", "skipped", "store", "sink"}) {
    const auto found = numbers.lost.find(ring);
    text.sample(found == numbers.lost.end() ? 0 : found->second, {{"ring", ring}});
  }
}

void put_sinks(Text& text, const Gauges& gauges) {
  const auto put = [&](auto value) {
    for (std::size_t i = 0; i < gauges.sinks.size(); i++)
      text.sample(value(gauges.sinks[i].state),
                  {{"sink", std::to_string(i)}, {"kind", gauges.sinks[i].kind}});
  };
  text.family("sink_events_total", "counter", "Events that a sink has brought to its target.");
  put([](const sinks::SinkState& state) { return state.sent; });
  text.family("sink_lost_total", "counter", "Events that a sink has lost.");
  put([](const sinks::SinkState& state) { return state.lost; });
  text.family("sink_backlog_bytes", "gauge", "What waits in a sink, in memory and on disk.");
  put([](const sinks::SinkState& state) { return state.backlog; });
}

}  // namespace

std::string prometheus_text(const Numbers& numbers) {
  Text text;
  text.family("build_info", "gauge", "Always 1; the version is a label.");
  text.sample(1, {{"version", GH_VERSION}});
  text.family("resident_memory_bytes", "gauge", "Of the daemon's process.");
  text.sample(resident_bytes());
  text.family("sessions", "gauge", "Sessions in force.");
  text.sample(numbers.gauges.sessions);
  put_decisions(text, numbers);
  put_asks(text, numbers);
  put_events(text, numbers);
  put_sinks(text, numbers.gauges);
  return std::move(text.out);
}

}  // namespace gatehouse::metrics
