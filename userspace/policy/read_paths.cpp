// SPDX-License-Identifier: Apache-2.0
// The sections whose rules match paths: filesystem and exec. It must never widen a rule: an access or
// pattern that was not understood refuses the policy.
#include "base/quote.h"
#include "policy/sections.h"

namespace gatehouse::policy {
namespace {

std::vector<std::string> read_patterns(const Fields& fields, std::string_view key,
                                       const Variables& variables) {
  std::vector<std::string> out;
  fields.each(key, false, [&](const Value& value, const std::string& at) {
    if (auto pattern = read_path(value, at, PathKind::pattern, variables, fields.report()))
      out.push_back(std::move(*pattern));
  });
  return out;
}

void read_path_rule(const Fields& fields, const Variables& variables, PathRule& rule) {
  read_rule(fields, rule);
  if (!fields.find("paths") && !fields.find("command") && fields.readable()) {
    fields.report().error(fields.at(), R"(a rule without "paths")",
                          R"(name what it is about; "/**" for everything)");
  }
  rule.paths = read_patterns(fields, "paths", variables);
  rule.except = read_patterns(fields, "except", variables);
}

AccessSet read_access(const Fields& fields) {
  if (!fields.find("access")) return kAllPathAccesses;
  AccessSet out = 0;
  fields.each("access", true, [&](const Value& value, const std::string& at) {
    const auto word = word_at(value, at, path_access_words(), fields.report());
    if (!word) return;
    if (const auto access = path_access_of(*word))
      out = static_cast<AccessSet>(out | path_accesses_of(*access));
  });
  return out;
}

}  // namespace

Filesystem read_filesystem(const Value& value, const std::string& at, const Variables& variables,
                           Report& report) {
  static const std::vector<Key> section_keys = {{"default"}, {"rules"}};
  static const std::vector<Key> rule_keys = {{"id"},     {"action"}, {"reason"}, {"log"},
                                             {"access"}, {"paths"},  {"except"}};
  Filesystem out;
  const Fields section(value, at, section_keys, report);
  out.defaults = read_defaults(section, 0);
  if (const auto* rules = rules_of(section)) {
    for (std::size_t i = 0; i < rules->size(); ++i) {
      const Fields fields((*rules)[i], child(section.at("rules"), i), rule_keys, report);
      PathRule& rule = out.rules.emplace_back();
      read_path_rule(fields, variables, rule);
      rule.access = read_access(fields);
    }
  }
  return out;
}

Exec read_exec(const Value& value, const std::string& at, const Variables& variables,
               Report& report) {
  static const std::vector<Key> section_keys = {{"default"}, {"unnamed"}, {"rules"}};
  static const std::vector<Key> rule_keys = {
      {"id"},
      {"action"},
      {"reason"},
      {"log"},
      {"paths"},
      {"except"},
      {"command", "rules on the arguments of a program come in a later version"}};
  Exec out;
  const Fields section(value, at, section_keys, report);
  out.fallback = section.action("default").value_or(Action::deny);
  out.unnamed = section.action("unnamed").value_or(Action::deny);
  if (const auto* rules = rules_of(section)) {
    for (std::size_t i = 0; i < rules->size(); ++i) {
      const Fields fields((*rules)[i], child(section.at("rules"), i), rule_keys, report);
      PathRule& rule = out.rules.emplace_back();
      read_path_rule(fields, variables, rule);
      rule.access = access_bit(GH_EXEC);
    }
  }
  return out;
}

}  // namespace gatehouse::policy
