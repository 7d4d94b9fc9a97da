// SPDX-License-Identifier: Apache-2.0
// A few members of a line behind record.h. It must never read those that it does not need.
#include "audit/record.h"

#include <nlohmann/json.hpp>

#include "events/json_read.h"
#include "events/time.h"

namespace gatehouse::audit {
namespace {

using Json = nlohmann::json;
using events::number_in;
using events::text_in;

// Members of the top level alone, and none that is long: an event has many more.
const Json::parser_callback_t kShallow = [](int depth, Json::parse_event_t event, Json& parsed) {
  if (event != Json::parse_event_t::key || depth != 1) return depth <= 1;
  static const char* const kWanted[] = {"time",  "type",      "seq",      "cpu", "ring",
                                        "count", "first_seq", "past_seq", "why", "away_since"};
  for (const char* name : kWanted)
    if (parsed == name) return true;
  return false;
};

}  // namespace

std::optional<Record> record_of(const std::string& line) {
  const auto json = Json::parse(line, kShallow, false);
  if (!json.is_object()) return std::nullopt;
  Record record;
  record.time = events::from_rfc3339(text_in(json, "time")).value_or(0);
  record.type = text_in(json, "type");
  const bool has_cpu = json.contains("cpu");
  const auto cpu = static_cast<std::uint32_t>(number_in(json, "cpu"));
  if (has_cpu && json.contains("seq")) record.origin = events::Origin{number_in(json, "seq"), cpu};
  if (record.type == "events-lost") {
    events::EventsLost lost{
        text_in(json, "ring"), {}, number_in(json, "count"), text_in(json, "why")};
    if (has_cpu) lost.cpu = cpu;
    if (json.contains("past_seq"))
      lost.among = events::Range{number_in(json, "first_seq"), number_in(json, "past_seq")};
    record.lost = std::move(lost);
  }
  record.away_since = events::from_rfc3339(text_in(json, "away_since")).value_or(0);
  return record;
}

}  // namespace gatehouse::audit
