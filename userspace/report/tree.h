// SPDX-License-Identifier: Apache-2.0
// Processes in the order of a tree, alike leaves gathered, for both forms of the page. It must never recurse by
// what the events say: depth and number are bounded.
#pragma once

#include <cstddef>
#include <vector>

#include "report/story.h"

namespace gatehouse::report {

struct Branch {
  const ProcessSeen* process = nullptr;
  std::size_t depth = 0;
  std::uint64_t times = 1;  // leaves alike, next to each other
};

struct Tree {
  std::vector<Branch> branches;
  std::uint64_t left_out = 0;  // processes
};

Tree tree_of(const Story& story, std::size_t most, std::size_t deepest);

}  // namespace gatehouse::report
