// SPDX-License-Identifier: Apache-2.0
// Lines of a file, of standard input, or of a directory of segments (the audit store's), one after the
// other. It must never hold more than one line in memory, nor pass over one without counting it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "events/event.h"

namespace gatehouse::reading {

inline constexpr std::size_t kLongestLine = 16u << 20;

// What became of the lines: what was not shown must be said.
struct Tally {
  std::uint64_t lines = 0;
  std::uint64_t unread = 0;       // no JSON object, no known shape, too long
  std::uint64_t unknown = 0;      // events of types that this program does not know
  std::string first_unread;       // "FILE:17: why"
  std::vector<std::string> gone;  // segments that were removed while we read
  // A sentence for people; "": there is nothing to say.
  [[nodiscard]] std::string complaint() const;
};

// `event` is absent for types that are not known here. False: no more is wanted.
using EventTaker =
    std::function<bool(const std::optional<events::Event>& event, std::string_view line)>;

// `where`: a file, "-", or a directory. Checkpoints of a store are left out.
Result<Tally> each_event(const std::string& where, const EventTaker& take);

// The same for one line. False: no more is wanted.
bool read_line(std::string_view line, const std::string& place, Tally& tally,
               const EventTaker& take);

}  // namespace gatehouse::reading
