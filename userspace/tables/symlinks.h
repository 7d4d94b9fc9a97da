// SPDX-License-Identifier: Apache-2.0
// Literal prefixes that are symlinks on this host: where the same files are really found.
// It must never replace a pattern, only add one: the link may be gone tomorrow.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "tables/compile.h"
#include "tables/glob.h"

namespace gatehouse::tables {

struct Redirection {
  std::string prefix, target;
  Glob glob;  // with `target` in place of `prefix`
};

// /proc/self and what is below: another place for each process. No path that the kernel resolves begins so.
bool is_each_ones_own(const std::string& path);

class Symlinks {
 public:
  explicit Symlinks(const SymlinkResolver& resolve) : resolve_(resolve) {}
  std::optional<Redirection> follow(const Glob& glob);

 private:
  Redirection shortest(const Glob& glob, Redirection found, std::size_t count);
  const std::optional<std::string>& look_up(const std::string& path);

  const SymlinkResolver& resolve_;
  std::unordered_map<std::string, std::optional<std::string>> known_;
};

}  // namespace gatehouse::tables
