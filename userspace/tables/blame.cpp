// SPDX-License-Identifier: Apache-2.0
// Charges each state to the rules that its places still lead to. It must never charge a place that all
// rules share: that says nothing about any of them.
#include "tables/blame.h"

#include <algorithm>

namespace gatehouse::tables {
namespace {

constexpr std::size_t kNamed = 5;

class Account {
 public:
  Account(const StateTable& states, const Tree& tree) : states_(states), tree_(tree) {}

  // Places that lead to more than `most` marks are left out.
  void charge_nodes(std::uint32_t most) {
    for (std::uint32_t s = 0; s < states_.size(); ++s)
      for (const std::uint32_t n : states_.nodes(s)) {
        const TreeNode& node = tree_.nodes[n];
        if (node.all_end - node.first_mark > most) continue;
        for (std::uint32_t i = node.first_mark; i < node.all_end; ++i)
          add(mark_rule(tree_.marks[i]));
      }
  }
  void charge_settled(const Judge& judge) {
    for (std::uint32_t s = 0; s < states_.size(); ++s) {
      const Settled& settled = judge.at(states_.settled(s));
      for (std::size_t c = 0; c < kColumns; ++c)
        if (settled.verdict[c] >= 0) add(settled.rule[c]);
    }
  }
  [[nodiscard]] std::vector<std::uint32_t> worst() const {
    std::vector<std::uint32_t> out;
    for (std::uint32_t r = 0; r < charge_.size(); ++r)
      if (charge_[r] > 0) out.push_back(r);
    std::stable_sort(out.begin(), out.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return charge_[a] > charge_[b]; });
    if (out.size() > kNamed) out.resize(kNamed);
    return out;
  }

 private:
  void add(std::uint32_t rule) {
    if (rule >= charge_.size()) charge_.resize(rule + std::size_t{1});
    ++charge_[rule];
  }

  const StateTable& states_;
  const Tree& tree_;
  std::vector<std::size_t> charge_;
};

}  // namespace

std::vector<std::uint32_t> blame(const StateTable& states, const Tree& tree, const Judge& judge) {
  Account account(states, tree);
  account.charge_nodes(8);
  account.charge_settled(judge);
  if (account.worst().empty()) account.charge_nodes(256);
  return account.worst();
}

}  // namespace gatehouse::tables
