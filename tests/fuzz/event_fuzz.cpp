// SPDX-License-Identifier: Apache-2.0
// Any bytes as a kernel record, through decoding and both encoders. It must never crash, and whatever
// decodes must come out as one line of JSON and one line that is safe on a terminal.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "base/utf8.h"
#include "events/decode.h"
#include "events/ledger.h"
#include "events/processes.h"
#include "sinks/human.h"
#include "sinks/jsonl.h"

#include <nlohmann/json.hpp>

namespace {

using namespace gatehouse;

class Names : public events::RuleNames {
  std::optional<events::Rule> lookup(std::uint64_t, std::uint32_t,
                                     std::uint16_t rule) const override {
    return events::Rule{"rule" + std::to_string(rule), "layer", "reason"};
  }
};

class NoProc : public events::ProcessSource {
  std::optional<events::Program> read(std::uint32_t) const override { return std::nullopt; }
};

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_safe_line(std::string_view text) {
  while (!text.empty()) {
    const Utf8Char c = first_utf8(text);
    if (!c.valid || is_unprintable(c.code)) return false;
    text.remove_prefix(c.length);
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Names names;
  auto event = events::decode(std::span(data, size), names, 1'700'000'000'000'000'000);
  if (!event) {
    require(!event.error().what.empty());
    return 0;
  }
  static const NoProc proc;
  static events::Processes processes(proc, 64);
  processes.learn(*event);
  processes.fill(*event);
  require(processes.chain(event->process).size() <= events::Processes::kMostLinks);
  events::Ledger ledger;
  ledger.seen(*event->origin);

  const std::string line = sinks::jsonl(*event);
  require(is_safe_line(line) && nlohmann::json::accept(line));
  const std::string shown = sinks::human(*event, {80, false, true});
  require(is_safe_line(shown) && sinks::width_of(shown) <= 80);
  return 0;
}
