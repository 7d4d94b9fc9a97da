// SPDX-License-Identifier: Apache-2.0
// Answer → rule in JSON → the policy's own parser and compiler. It must never have a matcher of its own: what
// is shown is what is compiled.
#include "approvals/meaning.h"

#include <algorithm>
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

// An event does not hold more than so many bytes of arguments.
bool is_cut(const std::vector<std::string>& argv) {
  std::size_t bytes = 0;
  for (const auto& word : argv)
    bytes += word.size() + 1;
  return bytes >= GH_ARGV_BYTES;
}

bool is_unwritable(const events::Judged& ask) {
  const auto bad = [](const std::string& text) { return find_invalid_utf8(text).has_value(); };
  return bad(ask.object.text) || std::any_of(ask.argv.begin(), ask.argv.end(), bad);
}

// But for argv[0], which its caller chooses.
bool same_arguments(const events::Judged& one, const events::Judged& other) {
  return std::equal(one.argv.begin() + 1, one.argv.end(), other.argv.begin() + 1, other.argv.end());
}

Json with_rule(Json rule, const char* section) {
  return {{section, {{"default", "deny"}, {"rules", Json::array({std::move(rule)})}}}};
}

// The section that holds the rule; nothing, and why, if there is none to be written.
std::variant<Json, Refusal> section_of(const events::Judged& ask, const std::string& pattern,
                                       const std::string& action) {
  const gh_access access = ask.access;
  const std::string word(events::access_word(access));
  const Json rule = {{"id", "answer"}, {"action", action}};
  if (!ask.argv.empty()) {
    const auto words = parse_command_pattern(pattern);
    if (!words)
      return Refusal{"this is no pattern of commands",
                     R"(write its words, git push, or ["git","commit","-m","a b"])"};
    Json command = rule;
    command["command"] = *words;
    return with_rule(command, "exec");
  }
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
  if (ask.object.cut || is_cut(ask.argv) || (pattern.empty() && is_unwritable(ask)))
    return Refusal{"this object cannot be written as a rule: it is cut, or no UTF-8",
                   "answer without a preview: the answer itself is bound to the exact bytes"};
  if (find_invalid_utf8(pattern)) return Refusal{"the pattern is no UTF-8", {}};
  const std::string text = pattern.empty() ? exact_pattern(ask) : pattern;
  const auto shown = section_of(ask, text, verdict == GH_ALLOW ? "allow" : "deny");
  if (const auto* refusal = std::get_if<Refusal>(&shown)) return *refusal;
  // To match by, what the rule speaks of is what is let through.
  const auto matched = section_of(ask, text, "allow");
  std::string why;
  auto tables = compiled(std::get<Json>(matched), context, why);
  if (!tables) return Refusal{"the pattern was refused: " + why, {}};
  Meaning meaning;
  meaning.json_ = std::get<Json>(shown).dump();
  meaning.access_ = ask.access;
  meaning.covers_write_ = ask.access == GH_CREATE && verdict == GH_ALLOW;
  if (ask.access == GH_PRIVILEGE) meaning.privilege_ = text;
  meaning.command_ = !ask.argv.empty();
  if (meaning.command_ && pattern.empty()) meaning.alone_ = ask;
  meaning.tables_ = std::move(*tables);
  if (!meaning.covers(ask))
    return Refusal{"the pattern does not match what is asked for", "see --preview"};
  return meaning;
}

bool Meaning::covers(const events::Judged& request) const {
  const events::Object& object = request.object;
  if (object.cut || is_cut(request.argv) || request.argv.empty() == command_) return false;
  if (request.access != access_ && !(covers_write_ && request.access == GH_WRITE)) return false;
  if (access_ == GH_PRIVILEGE) return object.text == privilege_;
  if (alone_) return object.text == alone_->object.text && same_arguments(request, *alone_);
  if (command_)
    return tables::evaluate_command(tables_, object.text, request.argv).verdict == GH_ALLOW;
  if (GH_ACCESS_CLASS(access_) == 0)
    return tables::evaluate_path(tables_, object.text, access_).verdict == GH_ALLOW;
  const auto key = endpoint_key_of(object);
  return key && tables::evaluate_endpoint(tables_, *key, access_).verdict == GH_ALLOW;
}

}  // namespace gatehouse::approvals
