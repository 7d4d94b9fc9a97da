// SPDX-License-Identifier: Apache-2.0
// Model → ordered rules and sections. It must never reorder: the order decides which rule is reported.
#include "tables/rules.h"

#include <map>

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

std::uint32_t number_of(const RuleBook& book) {
  return static_cast<std::uint32_t>(book.rules.size());
}

// Sets what the rule matches by.
void point_to(FlatRule& flat, const policy::PathRule& rule) {
  flat.path = &rule;
  flat.has_except = !rule.except.empty();
}
void point_to(FlatRule& flat, const policy::CommandRule& rule) {
  flat.command = &rule;
  flat.has_except = !rule.except.empty();
}
void point_to(FlatRule& flat, const policy::NetRule& rule) { flat.net = &rule; }

policy::AccessSet access_of(const policy::PathRule& rule) { return rule.access; }
policy::AccessSet access_of(const policy::CommandRule&) { return kExecColumns; }
policy::AccessSet access_of(const policy::NetRule& rule) { return rule.access; }

using Numbers = std::vector<std::uint32_t>;

// The rule, and behind it the answers to it, which do not speak where its own exceptions do.
template <typename Any>
void add_rule(RuleBook& book, const Any& rule, const policy::Layer& layer,
              policy::AccessSet columns, std::size_t section, const Answering& answering) {
  const auto flat_of = [&](const Any& one) {
    auto flat =
        make_rule(one, layer, static_cast<policy::AccessSet>(access_of(one) & columns), section);
    point_to(flat, one);
    return flat;
  };
  std::vector<FlatRule> answers;
  for (const Any& answer : rule.answers)
    if (!answering.without.contains(&answer)) {
      answers.push_back(flat_of(answer));
      answers.back().asked = number_of(book);
      answers.back().has_except = answers.back().has_except || flat_of(rule).has_except;
      if (!answering.carve) answers.back().verdict = GH_ALLOW;
    }
  // Accesses by the answers that take from them.
  std::map<Numbers, policy::AccessSet> groups;
  const FlatRule whole = flat_of(rule);
  for (unsigned c = 0; c < kColumns; ++c) {
    if ((whole.access >> c & 1) == 0) continue;
    Numbers taken;
    for (std::uint32_t i = 0; i < answers.size(); ++i)
      if (answering.carve && answers[i].verdict == GH_ALLOW && (answers[i].access >> c & 1) != 0)
        taken.push_back(i);
    groups[taken] = static_cast<policy::AccessSet>(groups[taken] | 1u << c);
  }
  if (groups.empty()) groups[{}] = 0;
  const auto first = static_cast<std::uint32_t>(number_of(book) + groups.size());
  for (const auto& [taken, access] : groups) {
    FlatRule part = whole;
    part.access = access;
    for (const std::uint32_t i : taken)
      part.spares.push_back(first + i);
    part.has_except = part.has_except || !taken.empty();
    book.rules.push_back(std::move(part));
  }
  book.rules.insert(book.rules.end(), answers.begin(), answers.end());
}

template <typename Any>
void add_rules(RuleBook& book, const std::vector<Any>& rules, const policy::Layer& layer,
               policy::AccessSet columns, std::size_t section, const Answering& answering) {
  for (const Any& rule : rules)
    add_rule(book, rule, layer, columns, section, answering);
}

}  // namespace

RuleBook flatten(const policy::Policy& policy, const Answering& answering) {
  RuleBook book;
  const auto add_section = [&](const auto& rules, const policy::Layer& layer, Section section) {
    add_rules(book, rules, layer, section.columns, book.path_sections.size(), answering);
    book.path_sections.push_back(section);
  };
  for (const auto& layer : policy.layers) {
    if (layer.filesystem)
      add_section(layer.filesystem->rules, layer,
                  make_section(kFileColumns, layer.filesystem->defaults));
    if (layer.exec) {
      policy::Defaults defaults;
      defaults.column[GH_ACCESS_COLUMN(GH_EXEC)] = layer.exec->fallback;
      const auto section = book.path_sections.size();
      add_section(layer.exec->rules, layer, make_section(kExecColumns, defaults));
      add_rules(book, layer.exec->commands, layer, kExecColumns, section, answering);
    }
    if (layer.network) {
      add_rules(book, layer.network->rules, layer, kNetColumns, book.net_sections.size(),
                answering);
      book.net_sections.push_back(make_section(kNetColumns, layer.network->defaults));
    }
    if (layer.unix_sockets) {
      policy::Defaults defaults;
      defaults.column[GH_ACCESS_COLUMN(GH_UNIX)] = layer.unix_sockets->fallback;
      add_section(layer.unix_sockets->rules, layer, make_section(kUnixColumns, defaults));
    }
  }
  return book;
}

}  // namespace gatehouse::tables
