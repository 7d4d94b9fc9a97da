// SPDX-License-Identifier: Apache-2.0
// Any bytes as a line of a file of events. It must never crash, and what is read must be the same after
// being written and read again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "reading/event_json.h"
#include "reading/family.h"
#include "reading/instant.h"
#include "reading/lines.h"
#include "sinks/human.h"
#include "sinks/jsonl.h"

using namespace gatehouse;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)reading::parse_instant(text, 0);
  reading::Tally tally;
  reading::Family family(1, true);
  (void)reading::read_line(text, "fuzz:1", tally, [&](const auto& event, std::string_view) {
    if (!event) return true;
    (void)family.takes(*event);
    (void)sinks::human(*event, {});
    const auto line = sinks::jsonl(*event);
    const auto again = reading::event_from_json(reading::Json::parse(line));
    if (!again || sinks::jsonl(*again) != line) std::abort();
    return true;
  });
  return 0;
}
