// SPDX-License-Identifier: Apache-2.0
// The decisions behind rule_names.h. They must never depend on anything but the text of the files.
#include "policy/rule_names.h"

#include "base/quote.h"

namespace gatehouse::policy {

// An answer has no id of its own: its place is.
template <typename Answered>
void RuleNames::add_all(Answered& rule, const Layer& layer, bool mandatory, bool own,
                        Report& report) {
  add(rule, layer, mandatory, own, report);
  for (Rule& answer : rule.answers)
    add(answer, layer, mandatory, own, report);
}

void RuleNames::add(Layer& layer, bool mandatory, bool own) {
  Report report(findings_, layer.file);
  if (layer.filesystem)
    for (auto& rule : layer.filesystem->rules)
      add_all(rule, layer, mandatory, own, report);
  if (layer.exec) {
    for (auto& rule : layer.exec->rules)
      add_all(rule, layer, mandatory, own, report);
    for (auto& rule : layer.exec->commands)
      add_all(rule, layer, mandatory, own, report);
  }
  if (layer.network)
    for (auto& rule : layer.network->rules)
      add_all(rule, layer, mandatory, own, report);
  if (layer.unix_sockets)
    for (auto& rule : layer.unix_sockets->rules)
      add_all(rule, layer, mandatory, own, report);
}

void RuleNames::add_implied(Rule& rule, const Layer& layer, bool mandatory, bool own) {
  Report report(findings_, layer.file);
  add(rule, layer, mandatory, own, report);
}

void RuleNames::add(Rule& rule, const Layer& layer, bool mandatory, bool own, Report& report) {
  const bool made = rule.implied || rule.id.find('/') != std::string::npos;
  std::string id = made && !own ? layer.name + ":" + rule.id : rule.id;
  const auto taken = owners_.find(id);
  if (taken != owners_.end() && !made) {
    const Owner& other = taken->second;
    if (other.layer == &layer || !other.mandatory) {
      report.error(rule.pointer + "/id",
                   "the id " + quote(id) + " is used twice: also at " + visible(other.layer->file) +
                       ":" + other.pointer,
                   "give each rule an id of its own");
      return;
    }
    id = layer.name + ":" + rule.id;
    if (!mandatory) {
      report.note(rule.pointer + "/id", "the host's policy has a rule " + quote(rule.id) +
                                            " too: this one appears as " + quote(id));
    }
  }
  while (owners_.contains(id))
    id += '~';
  owners_.emplace(id, Owner{&layer, rule.pointer, mandatory});
  rule.id = std::move(id);
}

}  // namespace gatehouse::policy
