// SPDX-License-Identifier: Apache-2.0
// Reads /proc/self/mountinfo: which file systems of a type are mounted where, and how.
// It must never guess: a line that it cannot read is left out, an escape is undone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gatehouse::kernel {

struct Mount {
  std::uint64_t id = 0;
  std::uint32_t device = 0;  // of the file system, as the kernel packs it: major << 20 | minor
  std::string point;         // where it is mounted, escapes undone
  std::string root;          // which of its directories is mounted there
  std::string type;          // "cgroup2"
  std::string options;       // of the file system: "rw,nsdelegate"
  bool read_only = false;
};

std::vector<Mount> parse_mountinfo(std::string_view text);
Result<std::vector<Mount>> read_mountinfo();

// The whole cgroup v2 hierarchy: of several mounts the one at /sys/fs/cgroup, else the first writable.
std::optional<Mount> choose_cgroup2(const std::vector<Mount>& mounts);

}  // namespace gatehouse::kernel
