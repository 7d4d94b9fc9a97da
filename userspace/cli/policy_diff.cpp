// SPDX-License-Identifier: Apache-2.0
// policy diff: which rules two policies do not share, by their ids, and which past decisions they would take
// differently. It must never call two policies the same that would compile to different tables.
#include "cli/policy_diff.h"

#include <iostream>
#include <map>

#include "cli/run.h"
#include "cli/sources.h"
#include "cli/text.h"
#include "daemon/prepared.h"

namespace gatehouse::cli {
namespace {

using control::Json;

struct Pair {
  std::string from, to, replay, session;
};

// Everything of a rule but where it stands, as text that is equal when the rule is.
std::string text_of(const policy::PathRule& rule) {
  Json out = {int(rule.action), rule.log,    rule.reason,  rule.access,
              rule.paths,       rule.except, rule.abstract};
  for (const auto& answer : rule.answers)
    out.push_back(text_of(answer));
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string text_of(const policy::CommandRule& rule) {
  Json out = {int(rule.action), rule.log, rule.reason, rule.command, rule.except, rule.exact};
  for (const auto& answer : rule.answers)
    out.push_back(text_of(answer));
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string text_of(const policy::NetRule& rule) {
  Json out = {int(rule.action), rule.log, rule.reason, rule.access, rule.protocols};
  for (const auto& cidr : rule.cidrs)
    out.push_back({cidr.v6, cidr.address, cidr.prefix});
  for (const auto& port : rule.ports)
    out.push_back({port.first, port.last});
  for (const auto& answer : rule.answers)
    out.push_back(text_of(answer));
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json text_of(const policy::Defaults& defaults) {
  Json out = Json::array();
  for (const auto action : defaults.column)
    out.push_back(int(action));
  return out;
}

using Rules = std::map<std::string, std::string>;  // id → text, of every layer

// Two layers may have rules of one id; both count.
template <typename All>
void add(Rules& rules, const All& all, const char* section) {
  for (const auto& rule : all)
    rules[rule.id] += std::string(section) + text_of(rule) + "\n";
}

Rules rules_of(const policy::Policy& policy) {
  Rules rules;
  for (const auto& layer : policy.layers) {
    if (layer.filesystem) add(rules, layer.filesystem->rules, "filesystem ");
    if (layer.exec) add(rules, layer.exec->rules, "exec ");
    if (layer.exec) add(rules, layer.exec->commands, "exec ");
    if (layer.network) add(rules, layer.network->rules, "network ");
    if (layer.unix_sockets) add(rules, layer.unix_sockets->rules, "unix_sockets ");
  }
  return rules;
}

// What holds beside the rules, by the name of the member.
Rules rest_of(const policy::Policy& policy) {
  Json filesystem = Json::array(), exec = Json::array(), network = Json::array(),
       privilege = Json::array(), sockets = Json::array();
  for (const auto& layer : policy.layers) {
    if (layer.filesystem) filesystem.push_back(text_of(layer.filesystem->defaults));
    if (layer.exec) exec.push_back({int(layer.exec->fallback), int(layer.exec->unnamed)});
    if (layer.network) network.push_back(text_of(layer.network->defaults));
    if (layer.unix_sockets) sockets.push_back(int(layer.unix_sockets->fallback));
    if (layer.privilege)
      privilege.push_back(
          {layer.privilege->allowed.to_string(), layer.privilege->named.to_string()});
  }
  const auto& asks = policy.approvals;
  return {{"mode", policy.audit ? "audit" : "enforce"},
          {"log", policy.log_allowed ? "all" : ""},
          {"filesystem.default", filesystem.dump()},
          {"exec.default", exec.dump()},
          {"network.default", network.dump()},
          {"network.unix_sockets.default", sockets.dump()},
          {"privilege", privilege.dump()},
          {"approvals", Json({asks.timeout_ms, int(asks.on_timeout), int(asks.on_unattended),
                              asks.remember, asks.max_open.value_or(0)})
                            .dump()}};
}

Json keys_only_in(const Rules& one, const Rules& other) {
  Json keys = Json::array();
  for (const auto& [key, text] : one)
    if (!other.contains(key)) keys.push_back(key);
  return keys;
}

Json keys_changed(const Rules& one, const Rules& other) {
  Json keys = Json::array();
  for (const auto& [key, text] : one)
    if (const auto found = other.find(key); found != other.end() && found->second != text)
      keys.push_back(key);
  return keys;
}

// As diff(1): 0 the same, 1 different, 2 trouble.
void diff(Shared& shared, const Pair& pair) {
  Diagnostics diagnostics;
  const policy::Context context{"/workspace", "/home", {}};
  const auto from = daemon::prepare_file(pair.from, context, diagnostics);
  const auto to = daemon::prepare_file(pair.to, context, diagnostics);
  if (!from || !to) {
    print_findings(diagnostics);
    shared.status = kUsage;
    return;
  }
  if (!pair.replay.empty())
    return replay(shared, from->policy, to->policy, pair.replay, pair.session);
  const Json out = policy_changes(from->policy, to->policy);
  for (const auto& list : out)
    if (!list.empty()) shared.status = 1;
  if (shared.json)
    std::cout << out.dump(2) << "\n";
  else
    print_policy_changes(std::cout, out);
}

}  // namespace

Json policy_changes(const policy::Policy& from, const policy::Policy& to) {
  const Rules before = rules_of(from), after = rules_of(to);
  return {{"added", keys_only_in(after, before)},
          {"removed", keys_only_in(before, after)},
          {"changed", keys_changed(before, after)},
          {"settings", keys_changed(rest_of(from), rest_of(to))}};
}

void print_policy_changes(std::ostream& out, const Json& changes) {
  for (const auto& [what, sign] : {std::pair{"removed", "- "}, {"added", "+ "}, {"changed", "~ "}})
    for (const auto& id : changes[what])
      out << sign << id.get<std::string>() << "\n";
  for (const auto& name : changes["settings"])
    out << "~ (" << name.get<std::string>() << ")\n";
}

void add_policy_diff(CLI::App& policy, Shared& shared) {
  auto* sub = policy.add_subcommand("diff", "Rules added (+), removed (-) and changed (~), by id");
  auto pair = std::make_shared<Pair>();
  sub->add_option("from", pair->from, "Policy file or :NAME")->required()->type_name("A");
  sub->add_option("to", pair->to, "Policy file or :NAME")->required()->type_name("B");
  sub->add_option("--replay", pair->replay,
                  "Which decisions of these events B would take differently than A")
      ->type_name("FILE|DIR|SESSION");
  sub->add_option("--session", pair->session, "Of a file to replay, this session only")
      ->type_name("SESSION");
  sub->callback([&shared, pair] { diff(shared, *pair); });
}

}  // namespace gatehouse::cli
