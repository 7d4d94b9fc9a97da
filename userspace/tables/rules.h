// SPDX-License-Identifier: Apache-2.0
// The policy as one ordered list of rules and, per class of access, the sections whose defaults count.
// It must never know a pattern: only who says what, how strictly, and in which order.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "policy/model.h"
#include "shared/abi.h"

namespace gatehouse::tables {

constexpr std::size_t kColumns = 8;
constexpr std::size_t kMaxSections = 64;  // one bit each (judge.h)

// One section of one layer: what it speaks of, and what it says when none of its rules applies.
struct Section {
  policy::AccessSet columns = 0;
  std::uint8_t defaults[kColumns] = {};
};

// In flattened order: layers in order; within a layer filesystem, exec by path, exec by command, network,
// unix sockets; then file order. Answers to a rule follow it. A rule that was answered "allow" is one entry for each
// group of accesses that have the same answers.
struct FlatRule {
  const policy::Rule* source = nullptr;
  const policy::PathRule* path = nullptr;  // one of these three
  const policy::CommandRule* command = nullptr;
  const policy::NetRule* net = nullptr;
  const policy::Layer* layer = nullptr;
  policy::AccessSet access = 0;
  std::uint8_t verdict = GH_DENY;
  std::uint8_t section = 0;  // of its class
  bool has_except = false;
  std::uint32_t asked = GH_RULE_DEFAULT;  // an answer: (the first entry of) the rule that asked
  std::vector<std::uint32_t>
      spares;  // answers that allow: what they match, this rule leaves to them
};

struct RuleBook {
  std::vector<FlatRule> rules;  // index = gh_cell.rule
  std::vector<Section> path_sections;
  std::vector<Section> net_sections;
};

constexpr policy::AccessSet kFileColumns = 0x3f;
constexpr policy::AccessSet kExecColumns = policy::access_bit(GH_EXEC);
constexpr policy::AccessSet kUnixColumns = policy::access_bit(GH_UNIX);
constexpr policy::AccessSet kNetColumns = 0x1f;

// Which answers are not in force, and whether those that are take from the rule that asks.
struct Answering {
  std::set<const policy::Rule*> without;
  bool carve =
      true;  // else they all allow, beside it: where one is reported, its rule does not ask
};

// The policy must outlive the book.
RuleBook flatten(const policy::Policy& policy, const Answering& answering = {});

}  // namespace gatehouse::tables
