// SPDX-License-Identifier: Apache-2.0
// The JSON behind otlp_reply.h. It must never throw, whatever the service has sent.
#include "sinks/otlp_reply.h"

#include <charconv>
#include <nlohmann/json.hpp>

namespace gatehouse::sinks {

Rejected otlp_rejected(std::string_view body) {
  Rejected rejected;
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object()) return rejected;  // empty, or protobuf
  const auto partial = json.find("partialSuccess");
  if (partial == json.end() || !partial->is_object()) return rejected;
  const auto count = partial->find("rejectedLogRecords");
  if (count == partial->end()) return rejected;
  if (count->is_number_unsigned()) rejected.count = count->get<std::uint64_t>();
  if (count->is_string()) {  // as JSON has 64-bit numbers
    const auto& text = count->get_ref<const std::string&>();
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, rejected.count);
    if (read.ec != std::errc() || read.ptr != end) rejected.count = 0;
  }
  const auto why = partial->find("errorMessage");
  if (why != partial->end() && why->is_string()) rejected.why = why->get<std::string>();
  return rejected;
}

}  // namespace gatehouse::sinks
