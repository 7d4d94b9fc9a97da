// SPDX-License-Identifier: Apache-2.0
// What the daemon's log holds so far: refusals, and the losses that it owns up to. It must never take a line
// that cannot be read for one that was not written.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace gatehouse::soak {

struct Record {
  std::uint64_t refusals = 0;  // of one object
  std::uint64_t lost = 0;
  std::uint64_t broken = 0;                      // lines that are no event
  std::map<std::string, std::uint64_t> lost_by,  // ring
      reasons;                                   // of all refusals
};

// Of all tests so far; `object`: whose refusals are counted by themselves.
Record record_of(const std::string& object = "");

}  // namespace gatehouse::soak
