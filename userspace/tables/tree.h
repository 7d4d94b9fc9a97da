// SPDX-License-Identifier: Apache-2.0
// All patterns of one automaton as one tree of labels: common prefixes are shared, and nodes are
// numbered in preorder, so that what a node can still lead to is one interval. It must never know bytes' meaning.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tables/judge.h"
#include "tables/labels.h"

namespace gatehouse::tables {

// rule * 2 + 1 if the pattern is one of the rule's exceptions.
using Mark = std::uint32_t;
constexpr Mark make_mark(std::uint32_t rule, bool except) { return rule * 2 + (except ? 1u : 0u); }
constexpr std::uint32_t mark_rule(Mark mark) { return mark >> 1; }
constexpr bool is_except(Mark mark) { return (mark & 1) != 0; }

// Patterns, gathered flat.
class PatternList {
 public:
  void add(std::span<const Label> labels, Mark mark) {
    patterns_.push_back({labels_.size(), labels.size(), mark});
    labels_.insert(labels_.end(), labels.begin(), labels.end());
  }
  [[nodiscard]] std::size_t size() const { return patterns_.size(); }
  [[nodiscard]] std::size_t label_count() const { return labels_.size(); }
  [[nodiscard]] std::span<const Label> labels(std::size_t i) const {
    return {labels_.data() + patterns_[i].first, patterns_[i].count};
  }
  [[nodiscard]] Mark mark(std::size_t i) const { return patterns_[i].mark; }

 private:
  struct Pattern {
    std::size_t first, count;
    Mark mark;
  };
  std::vector<Pattern> patterns_;
  std::vector<Label> labels_;
};

constexpr std::uint32_t kNoNode = 0xffffffff;

struct TreeEdge {
  Label label;  // a byte or a set
  std::uint32_t child;
};

struct TreeNode {
  enum class Loop : std::uint8_t { none, component, everything };
  std::uint32_t first_edge = 0, edges = 0;
  std::uint32_t star = kNoNode;   // entered together with this node
  std::uint32_t deep = kNoNode;   // likewise, and its `below`
  std::uint32_t below = kNoNode;  // of a deep node: entered after each '/'
  std::uint32_t tail = kNoNode;   // its marks apply for good
  std::uint32_t first_mark = 0;   // own marks, then those of everything below, as one interval
  std::uint32_t own_end = 0, all_end = 0;
  std::uint32_t strength = 0;  // number in Tree::strengths
  Loop loop = Loop::none;
};

struct Tree {
  std::vector<TreeNode> nodes;  // 0 is the root; it exists even without patterns
  // The root of abstract names and the end of what is below it; kNoNode: there are no such patterns.
  std::uint32_t abstract = kNoNode, abstract_end = 0;
  std::vector<TreeEdge> edges;
  std::vector<Mark> marks;
  std::vector<Strength> strengths;
  // For rules with exceptions: positions in `marks`, ascending; [rule * 2 + except].
  std::vector<std::vector<std::uint32_t>> places;

  // Whether `mark`, of a rule with exceptions, can still be met at or below the node.
  [[nodiscard]] bool reaches(std::uint32_t node, Mark mark) const;
};

// `patterns` may be many: work is proportional to their bytes, but for one sort.
Tree build_tree(const PatternList& patterns, const Judge& judge, std::size_t rule_count);

}  // namespace gatehouse::tables
