// SPDX-License-Identifier: Apache-2.0
// The entry of check, and what concerns more than one rule. It must never report an error: what is
// wrong is refused by parse and compile.
#include "policy/check.h"

#include <algorithm>

#include "base/quote.h"
#include "policy/check_parts.h"
#include "policy/words.h"

namespace gatehouse::policy {
namespace {

constexpr int kExec = GH_ACCESS_COLUMN(GH_EXEC);

bool lets_through(Action action) { return action == Action::allow || action == Action::ask; }

bool can_ever(const std::vector<PathRule>& rules, AccessSet access) {
  return std::any_of(rules.begin(), rules.end(), [&](const PathRule& rule) {
    return lets_through(rule.action) && (rule.access & access) != 0;
  });
}

// Sections that let no program start: nobody writes a policy for that.
void check_exec(const Layer& layer, Report& report) {
  if (layer.filesystem && !lets_through(layer.filesystem->defaults.column[kExec]) &&
      !can_ever(layer.filesystem->rules, access_bit(GH_EXEC))) {
    report.warning("/filesystem", "no program can start: nothing in this section allows exec",
                   layer.exec ? R"(both sections must allow it: add "exec": "allow" to )"
                                R"(filesystem.default and leave the choice to "exec")"
                              : R"(add "exec": "allow" to "default", or rules for exec)");
  }
  if (layer.exec && !lets_through(layer.exec->fallback) &&
      !can_ever(layer.exec->rules, access_bit(GH_EXEC)) &&
      std::none_of(layer.exec->commands.begin(), layer.exec->commands.end(),
                   [](const Rule& rule) { return lets_through(rule.action); })) {
    report.warning("/exec", "no program can start: this section denies and has no allow rule",
                   R"(set "default", or add rules)");
  }
}

bool asks(const Defaults& defaults) {
  return std::find(std::begin(defaults.column), std::end(defaults.column), Action::ask) !=
         std::end(defaults.column);
}

template <typename Rules>
bool any_ask(const Rules& rules) {
  return std::any_of(rules.begin(), rules.end(),
                     [](const Rule& rule) { return rule.action == Action::ask; });
}

bool asks(const Layer& layer) {
  return (layer.filesystem &&
          (asks(layer.filesystem->defaults) || any_ask(layer.filesystem->rules))) ||
         (layer.exec &&
          (layer.exec->fallback == Action::ask || layer.exec->unnamed == Action::ask ||
           any_ask(layer.exec->rules) || any_ask(layer.exec->commands))) ||
         (layer.network && (asks(layer.network->defaults) || any_ask(layer.network->rules))) ||
         (layer.unix_sockets &&
          (layer.unix_sockets->fallback == Action::ask || any_ask(layer.unix_sockets->rules)));
}

void check_approvals(const Policy& policy, Report& report) {
  const Approvals& approvals = policy.approvals;
  const bool used = std::any_of(policy.layers.begin(), policy.layers.end(),
                                [](const Layer& layer) { return asks(layer); });
  if (approvals.on_timeout == Action::allow && approvals.timeout_ms == 0) {
    report.warning("/approvals/on_timeout", R"(has no effect without "timeout")",
                   R"(add a timeout, such as "15m")");
  }
  if (!used) return;
  if (approvals.on_unattended == Approvals::Unattended::allow) {
    report.warning("/approvals/on_unattended",
                   "every \"ask\" is allowed when nobody is there to answer",
                   R"("deny", or "wait" for as long as it takes)");
  }
  if (approvals.on_timeout == Action::allow && approvals.timeout_ms != 0) {
    report.warning("/approvals/on_timeout",
                   "every \"ask\" is allowed once a person has taken too long", R"(write "deny")");
  }
}

}  // namespace

bool outranks(const Rule& other, std::size_t other_number, const Rule& rule, std::size_t number) {
  if (rule.log && !other.log) return false;
  return other.action > rule.action || (other.action == rule.action && other_number < number);
}

void warn_if_default_allows(const Rule& rule, AccessSet access, const Defaults& defaults,
                            Report& report) {
  if (rule.action != Action::allow || rule.implied || rule.log || access == 0) return;
  for (int column = 0; column < 8; ++column)
    if ((access & (1u << column)) != 0 && defaults.column[column] != Action::allow) return;
  report.warning(
      rule.pointer, "the rule " + quote(rule.id) + " allows what the default allows anyway",
      "remove it, or set \"default\" to deny if the rules are meant as a list of what is "
      "allowed");
}

void check(const Policy& policy, Diagnostics& diagnostics) {
  Findings findings(diagnostics);
  const Layer* own = policy.layers.empty() ? nullptr : &policy.layers.back();
  for (const Layer& layer : policy.layers) {
    Report report(findings, layer.file);
    if (layer.name == policy.name) own = &layer;
    check_exec(layer, report);
    if (layer.filesystem)
      check_path_rules(layer.filesystem->rules, layer.filesystem->defaults, report);
    if (layer.exec) {
      Defaults defaults;
      defaults.column[kExec] = layer.exec->fallback;
      check_path_rules(layer.exec->rules, defaults, report);
      for (const CommandRule& rule : layer.exec->commands)
        warn_if_default_allows(rule, access_bit(GH_EXEC), defaults, report);
    }
    if (layer.network) check_net_rules(*layer.network, report);
    if (layer.unix_sockets) {
      Defaults defaults;
      defaults.column[GH_ACCESS_COLUMN(GH_UNIX)] = layer.unix_sockets->fallback;
      check_path_rules(layer.unix_sockets->rules, defaults, report);
    }
  }
  if (!own) return;
  Report report(findings, own->file);
  check_approvals(policy, report);
}

}  // namespace gatehouse::policy
