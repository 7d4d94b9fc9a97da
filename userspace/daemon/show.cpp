// SPDX-License-Identifier: Apache-2.0
// The JSON of show.h. It must never leave out why: rule, reason and deadline go with every approval.
#include "daemon/show.h"

#include "approvals/card.h"
#include "base/quote.h"
#include "base/utf8.h"
#include "events/approver.h"
#include "events/time.h"
#include "events/words.h"
#include "policy/model.h"
#include "policy/words.h"
#include "tables/evaluate.h"

namespace gatehouse::daemon {
namespace {

// ktime → wall clock.
std::string wall_of(std::uint64_t ktime_ns, std::uint64_t now) {
  return events::rfc3339(events::wall_now() +
                         (static_cast<std::int64_t>(ktime_ns) - static_cast<std::int64_t>(now)));
}

std::optional<int> protocol_of(std::string_view word) {
  if (word == "tcp") return GH_PROTO_TCP;
  if (word == "udp") return GH_PROTO_UDP;
  if (word == "icmp") return GH_PROTO_ICMP;
  if (word == "other") return GH_PROTO_OTHER;
  return std::nullopt;
}

std::optional<gh_access> access_named(const std::string& word) {
#define GH_NAMED(name, value, text) \
  if (word == (text)) return GH_##name;
  GH_ACCESSES(GH_NAMED)
#undef GH_NAMED
  return std::nullopt;
}

std::string access_words() {
  std::string all;
#define GH_LISTED(name, value, text) all += std::string(all.empty() ? "" : ", ") + (text);
  GH_ACCESSES(GH_LISTED)
#undef GH_LISTED
  return all;
}

std::string privilege_words() {
  std::string all;
  for (const auto word : policy::privilege_words())
    all += std::string(all.empty() ? "" : ", ").append(word);
  return all;
}

}  // namespace

std::string shown(const std::string& text) {
  return find_invalid_utf8(text) ? visible(text) : text;
}

control::Json session_json(const LiveSession& session) {
  const auto& record = session.record;
  control::Json labels = control::Json::object(), command = control::Json::array();
  for (const auto& [key, value] : record.labels)
    labels[key] = value;
  for (const auto& word : record.command)
    command.push_back(shown(word));
  return {{"id", record.serial},
          {"name", record.name},
          {"owner", record.owner},
          {"policy", record.policy_name},
          {"generation", record.generation},
          {"mode", (session.tables->flags & GH_POLICY_AUDIT) != 0 ? "audit" : "enforce"},
          {"state", session.paused ? "paused" : "running"},
          {"cgroup", session.cgroup.path()},
          {"attached", !record.own_cgroup},
          {"workspace", shown(record.workspace)},
          {"started", events::rfc3339(record.started_ms * 1'000'000)},
          {"command", command},
          {"labels", labels}};
}

control::Json approval_json(const approvals::Entry& entry, events::Processes& processes) {
  const std::uint64_t now = kernel::ktime();
  auto out = control::Json::parse(approvals::card_json(approvals::card_of(entry, processes, now)));
  out["since"] = wall_of(entry.since, now);
  if (entry.deadline != 0) out["deadline"] = wall_of(entry.deadline, now);
  return out;
}

control::Json approver_json(const events::Approver& by) {
  control::Json out = {{"by", events::approver_word(by.kind)}, {"by_uid", by.uid}};
  if (!by.name.empty()) out["by_name"] = by.name;
  if (!by.comm.empty()) out["by_comm"] = shown(by.comm);
  return out;
}

control::Json grant_json(const approvals::Grant& grant, const LiveSession& session,
                         std::uint64_t now) {
  control::Json out = {{"id", grant.id},
                       {"session", {{"id", session.record.serial}, {"name", session.record.name}}},
                       {"verdict", events::verdict_word(grant.verdict)},
                       {"scope", events::scope_word(grant.scope)}};
  if (grant.scope == GH_SCOPE_PROCESS) out["pid"] = grant.subject.pid;
  if (grant.expires != 0) {
    out["expires"] = wall_of(grant.expires, now);
    out["left_ms"] = grant.expires > now ? (grant.expires - now) / 1'000'000 : 0;
  }
  if (!grant.known) return out;
  out["access"] = events::access_word(grant.access);
  out["object"] = shown(grant.object);
  for (const auto& word : grant.argv)
    out["argv"].push_back(shown(word));
  if (!grant.pattern.empty()) {
    out["pattern"] = grant.pattern;
    out["used"] = grant.used;
  }
  if (!grant.rule.empty()) out["rule"] = grant.rule;
  out["given"] = wall_of(grant.given, now);
  out["by"] = shown(events::approver_text(grant.by));
  if (!grant.message.empty()) out["message"] = grant.message;
  return out;
}

control::Json diagnostics_json(const Diagnostics& diagnostics) {
  control::Json all = control::Json::array();
  for (const auto& one : diagnostics.all())
    all.push_back({{"severity", one.severity == Diagnostic::Severity::error     ? "error"
                                : one.severity == Diagnostic::Severity::warning ? "warning"
                                                                                : "note"},
                   {"file", one.file},
                   {"pointer", one.pointer},
                   {"message", one.message},
                   {"hint", one.hint}});
  return all;
}

std::variant<control::Json, control::Refusal> explain(const tables::Tables& tables,
                                                      const std::string& access,
                                                      const std::string& object,
                                                      const std::vector<std::string>& arguments) {
  const auto wanted = access_named(access);
  if (!wanted)
    return control::Refusal{
        "there is no access " + quote(access), "it is one of: " + access_words(), {}};
  tables::Decision decision;
  bool listed = false;
  if (*wanted == GH_PRIVILEGE) {
    const auto privilege = events::privilege_of(std::string_view(object));
    if (!privilege)
      return control::Refusal{
          "there is no privilege " + quote(object), "it is one of: " + privilege_words(), {}};
    decision = tables::evaluate_privilege(tables, *privilege);
    listed = tables.privileges_named[*privilege];
  } else if (GH_ACCESS_CLASS(*wanted) == 0) {
    const bool name = *wanted == GH_UNIX && policy::is_abstract(object);
    if (!name && (object.empty() || object[0] != '/'))
      return control::Refusal{"a path must be absolute: " + quote(object), "", {}};
    std::vector<std::string> argv = {object};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    decision = *wanted == GH_EXEC ? tables::evaluate_command(tables, object, argv)
                                  : tables::evaluate_path(tables, object, *wanted);
  } else {
    const auto space = object.find(' ');
    const auto protocol =
        space == std::string::npos ? GH_PROTO_TCP : protocol_of(object.substr(0, space));
    const auto key = protocol
                         ? tables::parse_endpoint(
                               *protocol, object.substr(space == std::string::npos ? 0 : space + 1))
                         : std::nullopt;
    if (!key)
      return control::Refusal{"not an endpoint: " + quote(object),
                              "write 192.0.2.1:443, [::1]:80 or 'udp 192.0.2.1:53'",
                              {}};
    decision = tables::evaluate_endpoint(tables, *key, *wanted);
  }
  control::Json out = {{"access", access},
                       {"object", shown(object)},
                       {"verdict", events::verdict_word(decision.verdict)},
                       {"audit", (tables.flags & GH_POLICY_AUDIT) != 0}};
  for (const auto& word : arguments)
    out["arguments"].push_back(shown(word));
  if (decision.rule == GH_RULE_DEFAULT) {
    out["rule"] = nullptr;
    out["reason"] =
        listed ? "a list of the policy names it" : "no rule applies: the section's default";
  } else {
    const auto& rule = tables.rules.at(decision.rule);
    out["rule"] = rule.id;
    out["layer"] = rule.layer;
    out["reason"] = rule.reason;
    out["file"] = rule.file;
    out["pointer"] = rule.pointer;
  }
  return out;
}

}  // namespace gatehouse::daemon
