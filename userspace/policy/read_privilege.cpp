// SPDX-License-Identifier: Apache-2.0
// The privilege section. It must never take a name that no hook enforces: a name that is accepted and
// ignored would be a promise that nobody keeps.
#include "base/quote.h"
#include "policy/sections.h"

namespace gatehouse::policy {
namespace {

PrivilegeSet read_names(const Fields& fields, std::string_view key) {
  PrivilegeSet out;
  fields.each(key, false, [&](const Value& value, const std::string& at) {
    const auto* name = string_at(value, at, fields.report());
    if (!name) return;
    const auto numbers = privileges_of(*name);
    if (numbers.none())
      fields.report().error(at, quote(*name) + " is not a privilege known here",
                            suggestion(*name, privilege_words()));
    out |= numbers;
  });
  return out;
}

}  // namespace

Privilege read_privilege(const Value& value, const std::string& at, Report& report) {
  static const std::vector<Key> keys = {{"default"}, {"allow"}, {"deny"}};
  Privilege out;
  const Fields section(value, at, keys, report);
  const bool open = section.word("default", {"deny", "allow"}) == "allow";
  const char* said = open ? "allow" : "deny";
  if (section.readable() && section.find(said)) {
    report.error(section.at(said), quote(said) + " says what the default says already",
                 open ? R"(name what is not allowed in "deny", or let the default be "deny")"
                      : R"(name what is allowed in "allow", or let the default be "allow")");
  }
  out.named = read_names(section, open ? "deny" : "allow");
  out.allowed = open ? kAllPrivileges & ~out.named : out.named;
  return out;
}

}  // namespace gatehouse::policy
