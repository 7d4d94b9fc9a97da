// SPDX-License-Identifier: Apache-2.0
// Was what is allowed told at all? It must never take silence for disuse: where the run's policy did not log
// what it allowed, nothing is known, and the base's allowances stay.
#include <algorithm>

#include "learning/learn.h"
#include "policy/words.h"

namespace gatehouse::learning {
namespace {

constexpr std::uint32_t bit(int access) { return 1u << access; }
constexpr std::uint32_t kChanges =
    bit(GH_WRITE) | bit(GH_CREATE) | bit(GH_DELETE) | bit(GH_METADATA);

bool logs_everything(const policy::PathRule& rule, bool names_too) {
  const auto holds = [](const std::vector<std::string>& all, std::string_view one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  };
  return rule.log && rule.action == policy::Action::allow && rule.except.empty() &&
         holds(rule.paths, "/**") && (!names_too || holds(rule.abstract, "*"));
}

std::uint32_t path_bits(policy::AccessSet access) {
  std::uint32_t out = 0;
  for (int one = GH_READ; one <= GH_EXEC; one++)
    if ((access & policy::access_bit(one)) != 0) out |= bit(one);
  return out;
}

std::uint32_t logged_by(const policy::Layer& layer) {
  std::uint32_t out = 0;
  if (layer.filesystem)
    for (const auto& rule : layer.filesystem->rules)
      if (logs_everything(rule, false)) out |= path_bits(rule.access);
  if (layer.exec)
    for (const auto& rule : layer.exec->rules)
      if (logs_everything(rule, false)) out |= bit(GH_EXEC);
  if (layer.unix_sockets)
    for (const auto& rule : layer.unix_sockets->rules)
      if (logs_everything(rule, true)) out |= bit(GH_UNIX);
  if (layer.network)
    for (const auto& rule : layer.network->rules)
      if (rule.log && rule.action == policy::Action::allow && rule.cidrs.empty() &&
          rule.ports.empty() && rule.protocols == 0x0f)
        for (int one = GH_CONNECT; one <= GH_ACCEPT; one++)
          if ((rule.access & policy::access_bit(one)) != 0) out |= bit(one);
  return out;
}

}  // namespace

std::uint32_t recorded_accesses(const Observed& observed, const policy::Policy& base,
                                const std::vector<tables::Tables>& base_tables) {
  if (base.log_allowed) return ~0u;
  std::uint32_t out = 0;
  for (const auto& layer : base.layers)
    out |= logged_by(layer);
  // The run's policy told of what the base would have let through in silence: it logs more than the base,
  // which is taken to mean all of that access.
  for (const auto& [access, samples] : observed.allowed())
    for (const auto& sample : samples)
      for (const auto& tables : base_tables) {
        const auto said = judge(tables, sample);
        if (said.verdict == GH_ALLOW && !said.log) out |= bit(access);
      }
  if ((out & kChanges) != 0) out |= kChanges;
  return out;
}

}  // namespace gatehouse::learning
