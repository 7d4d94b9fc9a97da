// SPDX-License-Identifier: Apache-2.0
// A rule that no state reports is idle, unless it lifts a default or asks for log lines. It must never
// guess at the reason: what it names is what the tables answer for one path of the rule.
#include "tables/idle_rules.h"

#include "shared/steps.h"
#include "tables/evaluate.h"

namespace gatehouse::tables {
namespace {

std::vector<bool> reported(const RuleBook& book, const Tables& tables) {
  std::vector<bool> out(book.rules.size());
  for (const gh_outcome& outcome : tables.outcomes)
    for (const gh_cell& cell : outcome.cell)
      if (cell.rule < out.size()) out[cell.rule] = true;
  return out;
}

// Where `rule` applies and another is reported, that one is at least as strict. So without `rule` the
// answer could only change if a stricter default of its section came back into play, which cannot
// be where no other section speaks: then the reported rule is of the same section.
bool could_lift_default(const FlatRule& rule, const std::vector<Section>& sections) {
  for (std::size_t c = 0; c < kColumns; ++c) {
    if ((rule.access >> c & 1) == 0) continue;
    std::size_t speaking = 0;
    for (const Section& section : sections)
      speaking += section.columns >> c & 1u;
    if (speaking > 1 && sections[rule.section].defaults[c] > rule.verdict) return true;
  }
  return false;
}

// Some path that the rule's first glob matches; nothing if its exceptions may cover it.
std::optional<std::string> example(const FlatRule& rule, const policy::Context& context) {
  if (rule.path == nullptr || rule.has_except || rule.path->paths.empty()) return std::nullopt;
  SetPool sets;
  const auto parsed = parse_glob(rule.path->paths[0], context, sets);
  if (parsed.alternatives.empty()) return std::nullopt;
  std::string out;
  for (const Component& component : parsed.alternatives[0].components) {
    std::string part;
    for (const Label label : component) {
      if (is_byte(label)) part += static_cast<char>(label);
      if (label == kAnyByte) part += 'x';
      if (is_set(label) && label != kAnyByte) part += static_cast<char>(sets.bytes(label)[0]);
    }
    out += "/" + (part.empty() ? "x" : part);
  }
  return out.empty() ? "/" : out;
}

}  // namespace

void warn_of_idle_rules(const RuleBook& book, const policy::Context& context, const Tables& tables,
                        Diagnostics& diagnostics) {
  const auto decides = reported(book, tables);
  for (std::size_t i = 0; i < book.rules.size(); ++i) {
    const FlatRule& rule = book.rules[i];
    const auto& sections = rule.net != nullptr ? book.net_sections : book.path_sections;
    if (decides[i] || rule.source->implied || rule.source->log || !rule.spares.empty() ||
        could_lift_default(rule, sections))
      continue;
    std::string why = "stricter or earlier rules decide wherever it applies";
    if (rule.access == 0) why = "its accesses do not occur in this section";
    if (rule.net != nullptr && !rule.net->ports.empty() &&
        (rule.net->protocols & (1u << GH_PROTO_TCP | 1u << GH_PROTO_UDP)) == 0)
      why = "its protocols have no ports";
    const auto path = rule.access == 0 ? std::nullopt : example(rule, context);
    if (path) {
      const auto access = static_cast<gh_access>(__builtin_ctz(rule.access));
      const Decision decision = evaluate_path(tables, *path, access);
      if (decision.rule < tables.rules.size())
        why = "'" + *path + "', for instance, is decided by rule '" +
              tables.rules[decision.rule].id + "'";
    }
    diagnostics.warning(rule.layer->file, rule.source->pointer,
                        "rule '" + rule.source->id + "' never decides anything: " + why,
                        "remove it, or narrow the rules that cover it");
  }
}

}  // namespace gatehouse::tables
