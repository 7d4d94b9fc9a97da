// SPDX-License-Identifier: Apache-2.0
// Patterns → tree: sorted, each continues where it differs from the one before. It must never
// merge what differs in a label.
#include "tables/tree.h"

#include <algorithm>
#include <numeric>

namespace gatehouse::tables {
namespace {

class Builder {
 public:
  Builder(const PatternList& patterns, const Judge& judge, Tree& tree)
      : patterns_(patterns), judge_(judge), tree_(tree) {}

  void run() {
    std::vector<std::uint32_t> order(patterns_.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      const auto x = patterns_.labels(a), y = patterns_.labels(b);
      const auto [at_x, at_y] = std::mismatch(x.begin(), x.end(), y.begin(), y.end());
      if (at_y == y.end()) return at_x == x.end() && patterns_.mark(a) < patterns_.mark(b);
      return at_x == x.end() || *at_x < *at_y;
    });
    open(kNoNode, 0);
    std::span<const Label> before;
    for (const std::uint32_t i : order) {
      const auto labels = patterns_.labels(i);
      const auto shared = static_cast<std::size_t>(
          std::mismatch(labels.begin(), labels.end(), before.begin(), before.end()).first -
          labels.begin());
      while (path_.size() > shared + 1)
        close();
      for (std::size_t k = shared; k < labels.size(); ++k)
        open(path_.back(), labels[k]);
      add_mark(patterns_.mark(i));
      before = labels;
    }
    while (!path_.empty())
      close();
    sort_edges();
  }

 private:
  struct RawEdge {
    std::uint32_t parent;
    TreeEdge edge;
  };

  void open(std::uint32_t parent, Label label) {
    const auto number = static_cast<std::uint32_t>(tree_.nodes.size());
    TreeNode node;
    node.first_mark = node.own_end = static_cast<std::uint32_t>(tree_.marks.size());
    if (parent != kNoNode) {
      TreeNode& up = tree_.nodes[parent];
      switch (label) {
        case kStar:
          up.star = number, node.loop = TreeNode::Loop::component;
          break;
        case kDeep:
          up.deep = number, node.loop = TreeNode::Loop::everything;
          break;
        case kBelow:
          up.below = number;
          break;
        case kTail:
          up.tail = number;
          break;
        case kAll:
          up.star = number, node.loop = TreeNode::Loop::everything;
          break;
        case kAbstract:
          tree_.abstract = number;
          break;
        default:
          raw_.push_back({parent, {label, number}});
          ++up.edges;
      }
    }
    tree_.nodes.push_back(node);
    path_.push_back(number);
  }

  void add_mark(Mark mark) {
    TreeNode& node = tree_.nodes[path_.back()];
    // The same pattern twice in one rule is one mark.
    if (node.own_end > node.first_mark && tree_.marks.back() == mark) return;
    tree_.marks.push_back(mark);
    node.own_end = static_cast<std::uint32_t>(tree_.marks.size());
    if (judge_.rule(mark_rule(mark)).has_except)
      tree_.places[mark].push_back(static_cast<std::uint32_t>(tree_.marks.size() - 1));
  }

  // A node with the same interval as the one closed last shares its strength.
  void close() {
    TreeNode& node = tree_.nodes[path_.back()];
    path_.pop_back();
    node.all_end = static_cast<std::uint32_t>(tree_.marks.size());
    const bool same = last_ != kNoNode && tree_.nodes[last_].first_mark == node.first_mark &&
                      tree_.nodes[last_].all_end == node.all_end;
    if (same) {
      node.strength = tree_.nodes[last_].strength;
    } else {
      node.strength = static_cast<std::uint32_t>(tree_.strengths.size());
      tree_.strengths.emplace_back();
      pending_.push_back(static_cast<std::uint32_t>(&node - tree_.nodes.data()));
    }
    last_ = static_cast<std::uint32_t>(&node - tree_.nodes.data());
    if (last_ == tree_.abstract)
      tree_.abstract_end = static_cast<std::uint32_t>(tree_.nodes.size());
  }

  // Edges by parent; and strengths from the leaves up (they were numbered in that order).
  void sort_edges() {
    std::uint32_t sum = 0;
    for (auto& node : tree_.nodes) {
      node.first_edge = sum;
      sum += node.edges;
      node.edges = 0;
    }
    tree_.edges.resize(sum);
    for (const auto& [parent, edge] : raw_) {
      TreeNode& up = tree_.nodes[parent];
      tree_.edges[up.first_edge + up.edges++] = edge;
    }
    for (const std::uint32_t n : pending_)
      fill_strength(tree_.nodes[n]);
  }

  void merge(Strength& into, std::uint32_t child) const {
    if (child != kNoNode) {
      const Strength from = tree_.strengths[tree_.nodes[child].strength];
      into.log |= from.log;
      for (std::size_t c = 0; c < kColumns; ++c)
        if (from.verdict[c] > into.verdict[c] ||
            (from.verdict[c] == into.verdict[c] && from.rule[c] < into.rule[c])) {
          into.verdict[c] = from.verdict[c];
          into.rule[c] = from.rule[c];
        }
    }
  }

  void fill_strength(const TreeNode& node) {
    Strength s;
    for (std::uint32_t i = node.first_mark; i < node.own_end; ++i)
      judge_.strengthen(s, mark_rule(tree_.marks[i]));
    for (const std::uint32_t child : {node.star, node.deep, node.below, node.tail})
      merge(s, child);
    for (std::uint32_t e = 0; e < node.edges; ++e)
      merge(s, tree_.edges[node.first_edge + e].child);
    tree_.strengths[node.strength] = s;
  }

  const PatternList& patterns_;
  const Judge& judge_;
  Tree& tree_;
  std::vector<std::uint32_t> path_;  // open nodes, root first
  std::vector<RawEdge> raw_;
  std::vector<std::uint32_t> pending_;
  std::uint32_t last_ = kNoNode;
};

}  // namespace

bool Tree::reaches(std::uint32_t node, Mark mark) const {
  const auto& where = places[mark];
  const auto at = std::lower_bound(where.begin(), where.end(), nodes[node].first_mark);
  return at != where.end() && *at < nodes[node].all_end;
}

Tree build_tree(const PatternList& patterns, const Judge& judge, std::size_t rule_count) {
  Tree tree;
  tree.places.resize(rule_count * 2);
  tree.nodes.reserve(patterns.label_count() + 1);
  Builder(patterns, judge, tree).run();
  return tree;
}

}  // namespace gatehouse::tables
