// SPDX-License-Identifier: Apache-2.0
// The rules of DESIGN section 2 as arithmetic on columns. It must never drop a rule that could still
// be the reported one, lift a default, or ask for a log line.
#include "tables/judge.h"

#include <cstring>

#include "tables/hash.h"

namespace gatehouse::tables {
namespace {

template <typename Visit>
void each_column(unsigned columns, Visit visit) {
  for (; columns != 0; columns &= columns - 1)
    visit(static_cast<std::size_t>(__builtin_ctz(columns)));
}

constexpr std::uint8_t bit(std::size_t column) { return static_cast<std::uint8_t>(1u << column); }

// Whether (verdict, rule) wins over what is there.
bool wins(int verdict, std::uint32_t rule, int old_verdict, std::uint32_t old_rule) {
  return verdict > old_verdict || (verdict == old_verdict && rule < old_rule);
}

std::uint64_t hash_of(const Settled& s) {
  std::uint64_t h = mix(s.log, s.closed);
  for (std::size_t c = 0; c < kColumns; ++c)
    h = mix(mix(h, static_cast<std::uint64_t>(s.verdict[c] + 1) << 16 | s.rule[c]), s.spoken[c]);
  return h;
}

}  // namespace

std::uint32_t OutcomePool::intern(const gh_outcome& outcome) {
  std::uint64_t hash = 0;
  std::uint64_t words[sizeof outcome / 8];
  std::memcpy(words, &outcome, sizeof outcome);
  for (const std::uint64_t word : words)
    hash = mix(hash, word);
  const auto [begin, end] = numbers_.equal_range(hash);
  for (auto at = begin; at != end; ++at)
    if (std::memcmp(&outcomes_[at->second], &outcome, sizeof outcome) == 0) return at->second;
  outcomes_.push_back(outcome);
  const auto number = static_cast<std::uint32_t>(outcomes_.size() - 1);
  numbers_.emplace(hash, number);
  return number;
}

Judge::Judge(const std::vector<FlatRule>& rules, const std::vector<Section>& sections,
             OutcomePool& pool)
    : rules_(rules), sections_(sections), pool_(pool) {
  Settled nothing;
  close(nothing);
  numbers_.emplace(hash_of(nothing), 0);
  settled_.push_back(nothing);
  plain_outcome_.push_back(GH_NO_STATE);
}

// Forgets sections that can no longer win, so that equal futures have equal values.
void Judge::close(Settled& s) const {
  s.closed = 0;
  for (std::size_t c = 0; c < kColumns; ++c) {
    std::uint64_t open = 0;
    for (std::size_t i = 0; i < sections_.size(); ++i)
      if ((sections_[i].columns & bit(c)) != 0 && sections_[i].defaults[c] > s.verdict[c])
        open |= std::uint64_t{1} << i;
    s.spoken[c] &= open;
    if (s.spoken[c] == open && s.verdict[c] >= 0) s.closed |= bit(c);
  }
}

std::uint32_t Judge::settle(std::uint32_t settled, std::uint32_t number) {
  Settled s = settled_[settled];
  const FlatRule& rule = rules_[number];
  each_column(rule.access, [&](std::size_t c) {
    if (wins(rule.verdict, number, s.verdict[c], s.rule[c])) {
      s.verdict[c] = static_cast<std::int8_t>(rule.verdict);
      s.rule[c] = static_cast<std::uint16_t>(number);
    }
    s.spoken[c] |= std::uint64_t{1} << rule.section;
    if (rule.source->log) s.log |= bit(c);
  });
  close(s);
  const auto hash = hash_of(s);
  const auto [begin, end] = numbers_.equal_range(hash);
  for (auto at = begin; at != end; ++at)
    if (settled_[at->second] == s) return at->second;
  settled_.push_back(s);
  plain_outcome_.push_back(GH_NO_STATE);
  const auto id = static_cast<std::uint32_t>(settled_.size() - 1);
  numbers_.emplace(hash, id);
  return id;
}

bool Judge::dominated(std::uint32_t settled, std::uint32_t number) const {
  const Settled& s = settled_[settled];
  const FlatRule& rule = rules_[number];
  bool all = true;
  each_column(rule.access, [&](std::size_t c) {
    const bool silenced =
        s.verdict[c] >= 0 && (sections_[rule.section].defaults[c] <= s.verdict[c] ||
                              ((s.spoken[c] >> rule.section) & 1) != 0);
    all = all && silenced &&
          (rule.verdict < s.verdict[c] || (rule.verdict == s.verdict[c] && number >= s.rule[c])) &&
          (!rule.source->log || (s.log & bit(c)) != 0);
  });
  return all;
}

bool Judge::dominated(std::uint32_t settled, const Strength& group) const {
  const Settled& s = settled_[settled];
  if ((group.log & ~s.log) != 0) return false;
  for (std::size_t c = 0; c < kColumns; ++c) {
    if (group.verdict[c] < 0) continue;
    if ((s.closed & bit(c)) == 0 || group.verdict[c] > s.verdict[c]) return false;
    if (group.verdict[c] == s.verdict[c] && group.rule[c] < s.rule[c]) return false;
  }
  return true;
}

void Judge::strengthen(Strength& group, std::uint32_t number) const {
  const FlatRule& rule = rules_[number];
  each_column(rule.access, [&](std::size_t c) {
    if (wins(rule.verdict, number, group.verdict[c], group.rule[c])) {
      group.verdict[c] = static_cast<std::int8_t>(rule.verdict);
      group.rule[c] = static_cast<std::uint16_t>(number);
    }
    if (rule.source->log) group.log |= bit(c);
  });
}

std::uint32_t Judge::outcome(std::uint32_t settled, std::span<const std::uint32_t> applicable) {
  if (applicable.empty() && plain_outcome_[settled] != GH_NO_STATE) return plain_outcome_[settled];
  Settled s = settled_[settled];
  for (const std::uint32_t number : applicable) {
    const FlatRule& rule = rules_[number];
    each_column(rule.access, [&](std::size_t c) {
      if (wins(rule.verdict, number, s.verdict[c], s.rule[c])) {
        s.verdict[c] = static_cast<std::int8_t>(rule.verdict);
        s.rule[c] = static_cast<std::uint16_t>(number);
      }
      s.spoken[c] |= std::uint64_t{1} << rule.section;
      if (rule.source->log) s.log |= bit(c);
    });
  }
  gh_outcome outcome{};
  for (std::size_t c = 0; c < kColumns; ++c) {
    int verdict = s.verdict[c];
    std::uint16_t rule = verdict < 0 ? std::uint16_t{GH_RULE_DEFAULT} : s.rule[c];
    bool spoken_of = verdict >= 0;
    for (std::size_t i = 0; i < sections_.size(); ++i) {
      if ((sections_[i].columns & bit(c)) == 0) continue;
      spoken_of = true;
      if (((s.spoken[c] >> i) & 1) == 0 && sections_[i].defaults[c] > verdict) {
        verdict = sections_[i].defaults[c];
        rule = GH_RULE_DEFAULT;
      }
    }
    outcome.cell[c].verdict =
        spoken_of ? static_cast<std::uint8_t>(verdict) : std::uint8_t{GH_DENY};
    outcome.cell[c].rule = rule;
    outcome.cell[c].flags = (s.log & bit(c)) != 0 ? GH_CELL_LOG : 0;
    if (rule < rules_.size() && rules_[rule].command != nullptr)
      outcome.cell[c].flags |= GH_CELL_COMMAND;
  }
  const std::uint32_t id = pool_.intern(outcome);
  if (applicable.empty()) plain_outcome_[settled] = id;
  return id;
}

}  // namespace gatehouse::tables
