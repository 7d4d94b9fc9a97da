// SPDX-License-Identifier: Apache-2.0
// Reduction of a subset: what is decided for good is moved into `settled`, what can no longer change
// anything is dropped. It must never drop what could still be reported: docs/automaton.md has the argument.
#include "tables/subset.h"

#include <algorithm>

namespace gatehouse::tables {
namespace {

// Up to so many marks below a node are looked at one by one.
constexpr std::uint32_t kExactMarks = 16;

void sort_unique(std::vector<std::uint32_t>& v) {
  if (v.size() < 2) return;
  if (!std::is_sorted(v.begin(), v.end())) std::sort(v.begin(), v.end());
  v.erase(std::unique(v.begin(), v.end()), v.end());
}

bool contains(const std::vector<Mark>& sorted, Mark mark) {
  return std::binary_search(sorted.begin(), sorted.end(), mark);
}

}  // namespace

void Reducer::enter(Subset& subset, std::uint32_t number) const {
  const TreeNode& node = tree_.nodes[number];
  if (node.edges != 0 || node.loop != TreeNode::Loop::none || node.own_end > node.first_mark)
    subset.nodes.push_back(number);
  if (node.star != kNoNode) enter(subset, node.star);
  if (node.deep != kNoNode) {
    enter(subset, node.deep);
    enter(subset, tree_.nodes[node.deep].below);
  }
  if (node.tail != kNoNode) {
    const TreeNode& tail = tree_.nodes[node.tail];
    for (std::uint32_t i = tail.first_mark; i < tail.own_end; ++i)
      subset.lasting.push_back(tree_.marks[i]);
  }
}

bool Reducer::reachable(const Subset& subset, Mark mark) {
  work_ += subset.nodes.size();
  return std::any_of(subset.nodes.begin(), subset.nodes.end(),
                     [&](std::uint32_t n) { return tree_.reaches(n, mark); });
}

bool Reducer::pointless(const Subset& subset, std::uint32_t number) {
  ++work_;
  const TreeNode& node = tree_.nodes[number];
  if (judge_.dominated(subset.settled, tree_.strengths[node.strength])) return true;
  if (node.all_end - node.first_mark > kExactMarks) return false;
  for (std::uint32_t i = node.first_mark; i < node.all_end; ++i) {
    ++work_;
    const std::uint32_t rule = mark_rule(tree_.marks[i]);
    const bool excepted =
        !subset.lasting.empty() && contains(subset.lasting, make_mark(rule, true));
    if (!excepted && !judge_.dominated(subset.settled, rule)) return false;
  }
  return true;
}

// Returns whether anything was settled.
bool Reducer::settle_lasting(Subset& subset) {
  bool settled = false;
  scratch_ = subset.lasting;
  subset.lasting.clear();
  for (const Mark mark : scratch_) {
    const std::uint32_t rule = mark_rule(mark);
    if (judge_.dominated(subset.settled, rule)) continue;
    const Mark other = mark ^ 1;
    if (is_except(mark)) {
      if (reachable(subset, other)) subset.lasting.push_back(mark);
    } else if (judge_.rule(rule).has_except && contains(scratch_, other)) {
      continue;
    } else if (judge_.rule(rule).has_except && reachable(subset, other)) {
      subset.lasting.push_back(mark);
    } else {
      subset.settled = judge_.settle(subset.settled, rule);
      settled = true;
    }
  }
  return settled;
}

void Reducer::reduce(Subset& subset) {
  sort_unique(subset.nodes);
  sort_unique(subset.lasting);
  for (bool again = true; again;) {
    again = !subset.lasting.empty() && settle_lasting(subset);
    if (subset.settled == Judge::kNothing && subset.lasting.empty()) return;
    const auto gone = std::remove_if(subset.nodes.begin(), subset.nodes.end(),
                                     [&](std::uint32_t n) { return pointless(subset, n); });
    again = (again || gone != subset.nodes.end()) && !subset.lasting.empty();
    subset.nodes.erase(gone, subset.nodes.end());
  }
}

void Reducer::applicable(std::span<const std::uint32_t> nodes, std::span<const Mark> lasting,
                         std::vector<std::uint32_t>& out) {
  scratch_.assign(lasting.begin(), lasting.end());
  for (const std::uint32_t n : nodes)
    for (std::uint32_t i = tree_.nodes[n].first_mark; i < tree_.nodes[n].own_end; ++i)
      scratch_.push_back(tree_.marks[i]);
  sort_unique(scratch_);
  out.clear();
  for (std::size_t i = 0; i < scratch_.size(); ++i) {
    const bool excepted = i + 1 < scratch_.size() && scratch_[i + 1] == (scratch_[i] | 1);
    if (!is_except(scratch_[i]) && !excepted) out.push_back(mark_rule(scratch_[i]));
  }
}

}  // namespace gatehouse::tables
