// SPDX-License-Identifier: Apache-2.0
// A walk with a stack of its own. It must never lose a process without counting it.
#include "report/tree.h"

namespace gatehouse::report {
namespace {

bool alike(const ProcessSeen& one, const ProcessSeen& other) {
  return one.children.empty() && other.children.empty() && one.argv == other.argv &&
         one.program == other.program && one.status == other.status &&
         (one.denials == 0) == (other.denials == 0);
}

}  // namespace

Tree tree_of(const Story& story, std::size_t most, std::size_t deepest) {
  Tree tree;
  struct Place {
    std::size_t process, depth;
  };
  std::vector<Place> stack;
  for (std::size_t i = story.processes.size(); i-- > 0;)
    if (!story.processes[i].has_parent) stack.push_back({i, 0});
  std::uint64_t shown = 0;
  while (!stack.empty()) {
    const Place at = stack.back();
    stack.pop_back();
    const auto& process = story.processes[at.process];
    if (at.depth > deepest) continue;
    if (!tree.branches.empty() && tree.branches.back().depth == at.depth &&
        alike(*tree.branches.back().process, process)) {
      ++tree.branches.back().times;
      ++shown;
      continue;
    }
    if (tree.branches.size() >= most) break;
    tree.branches.push_back({&process, at.depth, 1});
    ++shown;
    for (std::size_t i = process.children.size(); i-- > 0;)
      stack.push_back({process.children[i], at.depth + 1});
  }
  tree.left_out = story.processes.size() - shown + story.more_processes;
  return tree;
}

}  // namespace gatehouse::report
