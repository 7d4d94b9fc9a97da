// SPDX-License-Identifier: Apache-2.0
// Answer → rule in JSON → the policy's own parser and compiler. It must never have a matcher of its own: what
// is shown is what is compiled.
#include "approvals/meaning.h"

#include <nlohmann/json.hpp>

#include "approvals/pattern.h"
#include "base/utf8.h"
#include "events/words.h"
#include "policy/parse.h"
#include "tables/compile.h"
#include "tables/evaluate.h"

namespace gatehouse::approvals {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFile = "the answer";

Json with_rule(Json rule, const char* section) {
  return {{section, {{"default", "deny"}, {"rules", Json::array({std::move(rule)})}}}};
}

// The section that holds the rule; nothing, and why, if there is none to be written.
std::variant<Json, Refusal> section_of(gh_access access, const std::string& pattern,
                                       const std::string& action) {
  const std::string word(events::access_word(access));
  const Json rule = {{"id", "answer"}, {"action", action}};
  if (access == GH_PRIVILEGE)
    return Json{{"privilege", {{"default", "deny"}, {action, Json::array({pattern})}}}};
  if (GH_ACCESS_CLASS(access) != 0) {
    const auto endpoint = parse_endpoint_pattern(pattern);
    if (!endpoint)
      return Refusal{"this is no pattern of endpoints",
                     "write 192.0.2.0/24:443, 192.0.2.7:* or [2001:db8::]/64:443"};
    Json net = rule;
    net["access"] = Json::array({word});
    if (endpoint->protocol != "other") net["protocol"] = endpoint->protocol;
    net["cidrs"] = Json::array({endpoint->cidr});
    if (endpoint->port) net["ports"] = Json::array({*endpoint->port});
    return with_rule(net, "network");
  }
  Json path = rule;
  if (access == GH_UNIX && policy::is_abstract(pattern)) {
    path["abstract"] = Json::array({pattern.substr(1)});
  } else {
    path["paths"] = Json::array({pattern});
  }
  if (access == GH_UNIX)
    return Json{{"network", {{"default", "deny"}, {"unix_sockets", with_rule(path, "x")["x"]}}}};
  if (access == GH_EXEC) return with_rule(path, "exec");
  path["access"] = Json::array({word});
  return with_rule(path, "filesystem");
}

std::optional<tables::Tables> compiled(const Json& section, const policy::Context& context,
                                       std::string& why) {
  Json policy = {{"version", 1}, {"name", "answer"}};
  policy.update(section);
  Diagnostics diagnostics;
  const auto nothing = [](const std::string&, const std::string&) -> Result<policy::Source> {
    return Error{ENOENT, "an answer extends nothing"};
  };
  auto model = policy::parse({kFile, policy.dump()}, nothing, diagnostics);
  std::optional<tables::Tables> tables;
  if (model) {
    tables = tables::compile(
        *model, context, [](const std::string&) { return std::optional<std::string>(); },
        diagnostics);
  }
  for (const auto& one : diagnostics.all()) {
    if (one.severity == Diagnostic::Severity::error && why.empty()) why = one.message;
  }
  return tables;
}

}  // namespace

std::variant<Meaning, Refusal> Meaning::of(const events::Judged& ask, const std::string& pattern,
                                           gh_verdict verdict, const policy::Context& context) {
  if (ask.object.cut || (pattern.empty() && find_invalid_utf8(ask.object.text)))
    return Refusal{"this object cannot be written as a rule: its name is cut, or no UTF-8",
                   "answer without a preview: the answer itself is bound to the exact bytes"};
  if (find_invalid_utf8(pattern)) return Refusal{"the pattern is no UTF-8", {}};
  const std::string text = pattern.empty() ? exact_pattern(ask) : pattern;
  const auto shown = section_of(ask.access, text, verdict == GH_ALLOW ? "allow" : "deny");
  if (const auto* refusal = std::get_if<Refusal>(&shown)) return *refusal;
  // To match by, what the rule speaks of is what is let through.
  const auto matched = section_of(ask.access, text, "allow");
  std::string why;
  auto tables = compiled(std::get<Json>(matched), context, why);
  if (!tables) return Refusal{"the pattern was refused: " + why, {}};
  Meaning meaning;
  meaning.json_ = std::get<Json>(shown).dump();
  meaning.access_ = ask.access;
  meaning.covers_write_ = ask.access == GH_CREATE && verdict == GH_ALLOW;
  if (ask.access == GH_PRIVILEGE) meaning.privilege_ = text;
  meaning.tables_ = std::move(*tables);
  if (!meaning.covers(ask.access, ask.object))
    return Refusal{"the pattern does not match what is asked for", "see --preview"};
  return meaning;
}

bool Meaning::covers(gh_access access, const events::Object& object) const {
  if (object.cut) return false;
  if (access != access_ && !(covers_write_ && access == GH_WRITE)) return false;
  if (access == GH_PRIVILEGE) return object.text == privilege_;
  if (GH_ACCESS_CLASS(access) == 0)
    return tables::evaluate_path(tables_, object.text, access_).verdict == GH_ALLOW;
  const auto key = endpoint_key_of(object);
  return key && tables::evaluate_endpoint(tables_, *key, access_).verdict == GH_ALLOW;
}

}  // namespace gatehouse::approvals
