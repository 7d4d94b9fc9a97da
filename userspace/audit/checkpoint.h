// SPDX-License-Identifier: Apache-2.0
// The signed record that says: up to here all is as I wrote it, and this is what I know of the kernel's numbers.
// It must never be written before the records that it covers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/chain.h"
#include "events/ledger.h"

namespace gatehouse::audit {

inline constexpr std::string_view kCheckpointType = "checkpoint";

struct Checkpoint {
  std::int64_t time = 0;     // ns since 1970
  std::string gate;          // whose numbers; empty: none is in force yet
  std::uint64_t oldest = 1;  // the first record that was not given up for its age or for space
  // Of one that opens a segment: the link of the record before, so that it can be checked without that.
  std::optional<Link> previous;
  std::vector<events::Ledger::Account> accounts;
};

// As number() takes it.
std::string to_json(const Checkpoint& checkpoint);
// Nothing for a line of another type, or one that to_json() did not write.
std::optional<Checkpoint> checkpoint_of(const std::string& line);

}  // namespace gatehouse::audit
