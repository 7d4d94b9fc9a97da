// SPDX-License-Identifier: Apache-2.0
// Model → ordered rules and sections. It must never reorder: the order decides which rule is reported.
#include "tables/rules.h"

namespace gatehouse::tables {
namespace {

Section make_section(policy::AccessSet columns, const policy::Defaults& defaults) {
  Section section{columns, {}};
  for (std::size_t c = 0; c < kColumns; ++c)
    section.defaults[c] = static_cast<std::uint8_t>(defaults.column[c]);
  return section;
}

FlatRule make_rule(const policy::Rule& rule, const policy::Layer& layer, policy::AccessSet access,
                   std::size_t section) {
  FlatRule flat;
  flat.source = &rule;
  flat.layer = &layer;
  flat.access = access;
  flat.verdict = static_cast<std::uint8_t>(rule.action);
  flat.section = static_cast<std::uint8_t>(section);
  return flat;
}

void add_paths(RuleBook& book, const std::vector<policy::PathRule>& rules,
               const policy::Layer& layer, const Section& section) {
  for (const auto& rule : rules) {
    const auto access = static_cast<policy::AccessSet>(rule.access & section.columns);
    auto flat = make_rule(rule, layer, access, book.path_sections.size());
    flat.path = &rule;
    flat.has_except = !rule.except.empty();
    book.rules.push_back(flat);
  }
  book.path_sections.push_back(section);
}

}  // namespace

RuleBook flatten(const policy::Policy& policy) {
  RuleBook book;
  for (const auto& layer : policy.layers) {
    if (layer.filesystem)
      add_paths(book, layer.filesystem->rules, layer,
                make_section(kFileColumns, layer.filesystem->defaults));
    if (layer.exec) {
      policy::Defaults defaults;
      defaults.column[GH_ACCESS_COLUMN(GH_EXEC)] = layer.exec->fallback;
      const auto section = book.path_sections.size();
      add_paths(book, layer.exec->rules, layer, make_section(kExecColumns, defaults));
      for (const auto& rule : layer.exec->commands) {
        auto flat = make_rule(rule, layer, kExecColumns, section);
        flat.command = &rule;
        flat.has_except = !rule.except.empty();
        book.rules.push_back(flat);
      }
    }
    if (layer.network) {
      for (const auto& rule : layer.network->rules) {
        const auto access = static_cast<policy::AccessSet>(rule.access & kNetColumns);
        auto flat = make_rule(rule, layer, access, book.net_sections.size());
        flat.net = &rule;
        book.rules.push_back(flat);
      }
      book.net_sections.push_back(make_section(kNetColumns, layer.network->defaults));
    }
    if (layer.unix_sockets) {
      policy::Defaults defaults;
      defaults.column[GH_ACCESS_COLUMN(GH_UNIX)] = layer.unix_sockets->fallback;
      add_paths(book, layer.unix_sockets->rules, layer, make_section(kUnixColumns, defaults));
    }
  }
  return book;
}

}  // namespace gatehouse::tables
