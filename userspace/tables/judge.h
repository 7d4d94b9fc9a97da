// SPDX-License-Identifier: Apache-2.0
// Verdict arithmetic: which outcome a set of applicable rules has, and which rules can no longer
// matter once others apply for good. It must never look at bytes or states.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "tables/rules.h"

namespace gatehouse::tables {

// Distinct outcomes, shared by both automata.
class OutcomePool {
 public:
  std::uint32_t intern(const gh_outcome& outcome);
  [[nodiscard]] std::size_t size() const { return outcomes_.size(); }
  [[nodiscard]] const std::vector<gh_outcome>& all() const { return outcomes_; }

 private:
  std::vector<gh_outcome> outcomes_;
  std::unordered_multimap<std::size_t, std::uint32_t> numbers_;
};

// What the rules that apply for good amount to, per column.
struct Settled {
  std::array<std::int8_t, kColumns> verdict;     // -1: none applies
  std::array<std::uint16_t, kColumns> rule{};    // the first of that verdict
  std::array<std::uint64_t, kColumns> spoken{};  // sections whose default is out of play (those
                                                 // with a default that could still win)
  std::uint8_t log = 0;                          // columns
  std::uint8_t closed = 0;                       // columns where no default can win any more
  Settled() { verdict.fill(-1); }
  bool operator==(const Settled&) const = default;
};

// What a group of rules could at most do, per column: the strictest and the first of those.
struct Strength {
  std::array<std::int8_t, kColumns> verdict;
  std::array<std::uint16_t, kColumns> rule{};
  std::uint8_t log = 0;
  Strength() { verdict.fill(-1); }
};

class Judge {
 public:
  Judge(const std::vector<FlatRule>& rules, const std::vector<Section>& sections,
        OutcomePool& pool);

  static constexpr std::uint32_t kNothing = 0;  // no rule has settled
  // The state of affairs once `rule` applies for good as well.
  std::uint32_t settle(std::uint32_t settled, std::uint32_t rule);
  [[nodiscard]] const Settled& at(std::uint32_t settled) const { return settled_[settled]; }
  [[nodiscard]] std::size_t count() const { return settled_.size(); }

  // Whether it makes no difference any more if `rule` applies or not.
  [[nodiscard]] bool dominated(std::uint32_t settled, std::uint32_t rule) const;
  // The same for a group; false when in doubt.
  [[nodiscard]] bool dominated(std::uint32_t settled, const Strength& group) const;
  void strengthen(Strength& group, std::uint32_t rule) const;

  // Number of the outcome when, besides what is settled, `rules` apply.
  std::uint32_t outcome(std::uint32_t settled, std::span<const std::uint32_t> rules);

  [[nodiscard]] const FlatRule& rule(std::uint32_t number) const { return rules_[number]; }

 private:
  void close(Settled& s) const;

  const std::vector<FlatRule>& rules_;
  const std::vector<Section>& sections_;
  OutcomePool& pool_;
  std::vector<Settled> settled_;
  std::vector<std::uint32_t> plain_outcome_;  // per settled: its outcome without further rules
  std::unordered_multimap<std::size_t, std::uint32_t> numbers_;
};

}  // namespace gatehouse::tables
