// SPDX-License-Identifier: Apache-2.0
// What the rules and defaults of all sections have in common. It must never invent an action: a rule
// without one is refused.
#include <algorithm>
#include <cctype>

#include "base/quote.h"
#include "policy/sections.h"

namespace gatehouse::policy {
namespace {

constexpr std::size_t kMaxReasonBytes = 1024;

bool is_id(const std::string& id) {
  constexpr std::size_t kLongest = 128;
  return !id.empty() && id.size() <= kLongest && std::isalnum(static_cast<unsigned char>(id[0])) &&
         std::all_of(id.begin(), id.end(), [](unsigned char c) {
           return c < 0x80 && (std::isalnum(c) || std::string_view("._:@+-").find(
                                                      static_cast<char>(c)) != std::string::npos);
         });
}

void set(Defaults& defaults, AccessSet accesses, Action action) {
  for (int column = 0; column < 8; ++column)
    if (accesses & (1u << column)) defaults.column[column] = action;
}

}  // namespace

void read_rule(const Fields& fields, Rule& rule) {
  rule.pointer = fields.at();
  rule.id = rule.pointer.substr(std::min<std::size_t>(1, rule.pointer.size()));
  if (const auto* id = fields.string("id")) {
    if (is_id(*id)) {
      rule.id = *id;
    } else {
      fields.report().error(fields.at("id"), quote(*id) + " cannot be an id",
                            "letters, digits and . _ : @ + -, starting with a letter or digit, "
                            "at most 128");
    }
  }
  if (!fields.find("action") && fields.readable()) {
    fields.report().error(fields.at(), R"(a rule without "action")",
                          "one of " + one_of(action_words()));
  }
  rule.action = fields.action("action").value_or(Action::deny);
  rule.reason = fields.text("reason", kMaxReasonBytes);
  rule.log = fields.boolean("log").value_or(false);
}

const Value::Array* rules_of(const Fields& fields) {
  const auto* rules = fields.array("rules");
  if (!rules || rules->size() <= GH_MAX_RULES) return rules;
  fields.report().error(
      fields.at("rules"),
      std::to_string(rules->size()) + " rules are more than " + std::to_string(GH_MAX_RULES),
      "use wildcards and {a,b}, or one rule with several patterns");
  return nullptr;
}

Defaults read_defaults(const Fields& fields, int access_class) {
  Defaults out;
  const Value* value = fields.find("default");
  if (!value) return out;
  const std::string at = fields.at("default");
  if (value->string()) {
    if (const auto action = fields.action("default")) set(out, 0xff, *action);
    return out;
  }
  if (!value->object()) {
    wrong_type(*value, at, "an action, or an object of an action per access", fields.report());
    return out;
  }
  const bool paths = access_class == 0;
  std::vector<Key> keys;
  for (const auto word : paths ? path_access_words() : net_access_words())
    keys.push_back({word});
  const Fields each(*value, at, keys, fields.report());
  // `write` first, so that the finer accesses win over it in whatever order they are written.
  if (paths) {
    if (const auto action = each.action("write")) set(out, kWriteSet, *action);
  }
  for (const Key& key : keys) {
    if (paths && key.name == "write") continue;
    const auto access = paths ? path_access_of(key.name) : net_access_of(key.name);
    if (const auto action = each.action(key.name); action && access)
      set(out, access_bit(*access), *action);
  }
  return out;
}

}  // namespace gatehouse::policy
