// SPDX-License-Identifier: Apache-2.0
// The unix sockets of the network section. It must never take the name of an abstract socket for a path, nor
// a path for such a name: each would be a rule on what does not exist.
#include "base/quote.h"
#include "policy/sections.h"

namespace gatehouse::policy {
namespace {

constexpr std::size_t kMostNameBytes = 107;  // of sun_path, without the NUL in front

std::optional<std::string> read_name(const Value& value, const std::string& at,
                                     const Variables& variables, Report& report) {
  const auto* written = string_at(value, at, report);
  if (!written) return std::nullopt;
  if (written->empty()) {
    report.error(at, "an empty name", R"(write "*" for every abstract socket)");
    return std::nullopt;
  }
  if (written->front() == '@' || written->front() == '\0') {
    report.error(at, quote(*written) + " would be a name whose first byte is that",
                 "write the name alone: \"abstract\" says already what it is");
    return std::nullopt;
  }
  auto name = expand_variables(*written, at, variables, report);
  if (name && name->size() > kMaxPatternBytes) {
    report.error(
        at, quote(*written, 40) + " is longer than " + std::to_string(kMaxPatternBytes) + " bytes",
        "a name has at most " + std::to_string(kMostNameBytes) + ": use *");
    return std::nullopt;
  }
  return name;
}

std::vector<std::string> read_paths(const Fields& fields, std::string_view key,
                                    const Variables& variables) {
  std::vector<std::string> out;
  fields.each(key, false, [&](const Value& value, const std::string& at) {
    const auto* text = value.string();
    if (text && is_abstract(*text) && key == "except") {
      if (auto name = read_name(Value{text->substr(1)}, at, variables, fields.report()))
        out.push_back("@" + *name);
    } else if (text && is_abstract(*text)) {
      fields.report().error(at, quote(*text) + " is no path",
                            "put abstract names under \"abstract\", without the @");
    } else if (auto path = read_path(value, at, PathKind::pattern, variables, fields.report())) {
      out.push_back(std::move(*path));
    }
  });
  return out;
}

}  // namespace

void read_socket_objects(const Fields& fields, const Variables& variables, PathRule& rule) {
  rule.access = access_bit(GH_UNIX);
  if (!fields.find("paths") && !fields.find("abstract") && fields.readable()) {
    fields.report().error(fields.at(), R"(a rule without "paths" or "abstract")",
                          R"(name what it is about; "/**" for every path, "*" for every name)");
  }
  rule.paths = read_paths(fields, "paths", variables);
  rule.except = read_paths(fields, "except", variables);
  fields.each("abstract", false, [&](const Value& value, const std::string& at) {
    if (auto name = read_name(value, at, variables, fields.report()))
      rule.abstract.push_back(std::move(*name));
  });
}

UnixSockets read_unix_sockets(const Value& value, const std::string& at, const Variables& variables,
                              Report& report) {
  static const std::vector<Key> section_keys = {{"default"}, {"rules"}};
  static const std::vector<Key> rule_keys = {{"id"},    {"action"}, {"reason"},  {"log"},
                                             {"paths"}, {"except"}, {"abstract"}};
  UnixSockets out;
  const Fields section(value, at, section_keys, report);
  out.fallback = section.action("default").value_or(Action::deny);
  if (const auto* rules = rules_of(section)) {
    for (std::size_t i = 0; i < rules->size(); ++i) {
      const Fields fields((*rules)[i], child(section.at("rules"), i), rule_keys, report);
      PathRule& rule = out.rules.emplace_back();
      read_rule(fields, rule);
      read_socket_objects(fields, variables, rule);
    }
  }
  return out;
}

}  // namespace gatehouse::policy
