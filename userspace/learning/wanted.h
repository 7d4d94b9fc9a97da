// SPDX-License-Identifier: Apache-2.0
// What the base says to each request that was used: already let through by what stays, to be allowed, to be
// asked, or held back. It must never let a secret through by way of a default.
#pragma once

#include <cstdint>
#include <vector>

#include "learning/learn.h"

namespace gatehouse::learning {

struct Needed {
  const Observed::Key* key = nullptr;
  const Used* used = nullptr;
  bool ask = false;
};

struct Sorted {
  std::vector<Needed> needed;
  std::vector<Withheld> withheld;
};

Sorted sort_out(const Observed& observed, const std::vector<tables::Tables>& base_tables,
                std::uint32_t recorded);

// Globs of what no policy is ever learned for.
const std::vector<std::string>& secret_globs();

}  // namespace gatehouse::learning
