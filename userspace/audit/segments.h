// SPDX-License-Identifier: Apache-2.0
// The files of an audit log: one after the other, each named by its first record. It must never take a file of
// another name for one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gatehouse::audit {

struct Segment {
  std::string path;
  std::uint64_t first = 0;  // record
  std::uint64_t bytes = 0;
};

std::string segment_name(std::uint64_t first);  // "00000000000000000042.jsonl"

// In order; none in a directory without any. Fails when there is no such directory.
Result<std::vector<Segment>> segments_in(const std::string& directory);

// Every line with its newline left off; `whole` is false for what ends the file without one. Reading ends when
// `each` returns false. Holds one line at a time, of any length.
Result<void> for_each_line(const std::string& path,
                           const std::function<bool(const std::string& line, bool whole)>& each);

}  // namespace gatehouse::audit
