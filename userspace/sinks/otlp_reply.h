// SPDX-License-Identifier: Apache-2.0
// What a service says after it took a request. It must never take garbage for a loss: only what is spelled
// out counts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::sinks {

struct Rejected {
  std::uint64_t count = 0;  // records
  std::string why;          // theirs, may be empty
};

// Of the body of a 200: ExportLogsServiceResponse.partial_success.
Rejected otlp_rejected(std::string_view body);

}  // namespace gatehouse::sinks
