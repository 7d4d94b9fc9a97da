// SPDX-License-Identifier: Apache-2.0
// Reads the log behind record.h, line by line: a flood leaves hundreds of megabytes. It must never keep anything
// from one reading to the next.
#include "record.h"

#include <fstream>

#include "world.h"

namespace gatehouse::soak {

Record record_of(const std::string& object) {
  Record record;
  std::ifstream lines(kLog);
  for (std::string line; std::getline(lines, line);) {
    const auto event = e2e::Json::parse(line, nullptr, false);
    if (!event.is_object()) {
      record.broken++;
    } else if (event.value("type", "") == "events-lost") {
      record.lost += event.value("count", std::uint64_t{0});
      record.lost_by[event.value("ring", "")] += event.value("count", std::uint64_t{0});
    } else if (event.value("verdict", "") == "deny") {
      record.reasons[event.value("reason", "")]++;
      if (event.value("object", "") == object) record.refusals++;
    }
  }
  return record;
}

}  // namespace gatehouse::soak
