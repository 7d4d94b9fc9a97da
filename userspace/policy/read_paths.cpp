// SPDX-License-Identifier: Apache-2.0
// The sections whose rules match paths and commands: filesystem and exec. It must never widen a rule: an access or
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

constexpr std::size_t kMaxWords = 256;

// Variables of the file are put in; what else stands in a word is the compiler's part.
CommandRule::Command read_command(const Value& value, const std::string& at,
                                  const Variables& variables, Report& report) {
  CommandRule::Command out;
  const auto* words = value.array();
  if (!words) {
    wrong_type(value, at, "an array: the program, then its arguments", report);
    return out;
  }
  if (words->empty() || words->size() > kMaxWords) {
    report.error(at, words->empty() ? "names no program" : "has more than 256 words",
                 R"(such as ["git", "push"])");
    return out;
  }
  for (std::size_t i = 0; i < words->size(); ++i) {
    const std::string place = child(at, i);
    const auto* text = string_at((*words)[i], place, report);
    if (!text) continue;
    if (text->size() > kMaxPatternBytes || (i == 0 && text->empty())) {
      report.error(place, text->empty() ? "names no program" : "is longer than 4096 bytes",
                   "write '*' for the rest of a word");
      continue;
    }
    const bool relative = i == 0 && text->find('/') != std::string::npos &&
                          std::string_view("/~$*").find((*text)[0]) == std::string_view::npos;
    if (relative) {
      report.error(place, quote(*text) + " is neither a name nor an absolute path",
                   "write the name alone, or start it with '/', '~/', '${workspace}/' or '**/'");
      continue;
    }
    if (auto word = expand_variables(*text, place, variables, report))
      out.push_back(std::move(*word));
  }
  return out;
}

}  // namespace

void read_path_objects(const Fields& fields, const Variables& variables, PathRule& rule) {
  if (!fields.find("paths") && fields.readable()) {
    fields.report().error(fields.at(), R"(a rule without "paths")",
                          R"(name what it is about; "/**" for everything)");
  }
  rule.paths = read_patterns(fields, "paths", variables);
  rule.except = read_patterns(fields, "except", variables);
}

void read_command_objects(const Fields& fields, const Variables& variables, CommandRule& rule) {
  if (fields.find("paths") || fields.find("except")) {
    fields.report().error(fields.at(), R"(a rule with both "command" and "paths" or "except")",
                          R"(the first word of "command" may be a path, and "not" takes away)");
  }
  rule.command =
      read_command(*fields.find("command"), fields.at("command"), variables, fields.report());
  fields.each("not", false, [&](const Value& value, const std::string& at) {
    rule.except.push_back(read_command(value, at, variables, fields.report()));
  });
}

AccessSet read_path_access(const Fields& fields) {
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
      read_rule(fields, rule);
      read_path_objects(fields, variables, rule);
      rule.access = read_path_access(fields);
    }
  }
  return out;
}

Exec read_exec(const Value& value, const std::string& at, const Variables& variables,
               Report& report) {
  static const std::vector<Key> section_keys = {{"default"}, {"unnamed"}, {"rules"}};
  static const std::vector<Key> rule_keys = {{"id"},    {"action"}, {"reason"},  {"log"},
                                             {"paths"}, {"except"}, {"command"}, {"not"}};
  Exec out;
  const Fields section(value, at, section_keys, report);
  out.fallback = section.action("default").value_or(Action::deny);
  out.unnamed = section.action("unnamed").value_or(Action::deny);
  if (const auto* rules = rules_of(section)) {
    for (std::size_t i = 0; i < rules->size(); ++i) {
      const Fields fields((*rules)[i], child(section.at("rules"), i), rule_keys, report);
      if (fields.find("command")) {
        CommandRule& rule = out.commands.emplace_back();
        read_rule(fields, rule);
        read_command_objects(fields, variables, rule);
        continue;
      }
      if (fields.find("not"))
        report.error(fields.at("not"), R"("not" goes with "command")",
                     R"(paths are taken away by "except")");
      PathRule& rule = out.rules.emplace_back();
      read_rule(fields, rule);
      read_path_objects(fields, variables, rule);
      rule.access = access_bit(GH_EXEC);
    }
  }
  return out;
}

}  // namespace gatehouse::policy
