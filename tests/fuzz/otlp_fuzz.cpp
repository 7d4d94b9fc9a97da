// SPDX-License-Identifier: Apache-2.0
// Any bytes as what an OTLP service answers and as OpenTelemetry's lists. It must never crash, nor make a
// record that is no JSON.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "sinks/otlp_config.h"
#include "sinks/otlp_record.h"
#include "sinks/otlp_reply.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse;
  const std::string text(reinterpret_cast<const char*>(data), size);
  (void)sinks::otlp_rejected(text);
  const auto pairs = sinks::otlp_pairs(text);
  if (pairs && !nlohmann::json::accept(sinks::otlp_request(*pairs, {}))) std::abort();
  events::Event event;
  event.session = {1, text, {{text, text}}};
  event.body = events::SessionStart{text, text, 0, {text}};
  if (!nlohmann::json::accept(sinks::otlp_record(event, 0))) std::abort();
  const auto config = sinks::otlp_config(text, [](const char*) { return nullptr; });
  if (!config && config.error().what.empty()) std::abort();
  return 0;
}
