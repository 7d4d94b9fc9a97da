// SPDX-License-Identifier: Apache-2.0
// The decisions behind rule_names.h. They must never depend on anything but the text of the files.
#include "policy/rule_names.h"

#include "base/quote.h"

namespace gatehouse::policy {

void RuleNames::add(Layer& layer, bool mandatory, bool own) {
  Report report(findings_, layer.file);
  if (layer.filesystem)
    for (Rule& rule : layer.filesystem->rules)
      add(rule, layer, mandatory, own, report);
  if (layer.exec) {
    for (Rule& rule : layer.exec->rules)
      add(rule, layer, mandatory, own, report);
    for (Rule& rule : layer.exec->commands)
      add(rule, layer, mandatory, own, report);
  }
  if (layer.network)
    for (Rule& rule : layer.network->rules)
      add(rule, layer, mandatory, own, report);
  if (layer.unix_sockets)
    for (Rule& rule : layer.unix_sockets->rules)
      add(rule, layer, mandatory, own, report);
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
