// SPDX-License-Identifier: Apache-2.0
// The words of rules. It must never write a member that the parser would read as something wider.
#include "learning/rule_json.h"

#include <arpa/inet.h>

#include "events/words.h"
#include "policy/words.h"

namespace gatehouse::learning {
namespace {

Json head(const policy::Rule& rule) {
  Json out = Json::object();
  // An id that was made from the rule's place is none that may be written.
  if (rule.id.find('/') == std::string::npos) out["id"] = rule.id;
  out["action"] = policy::name_of(rule.action);
  return out;
}

Json tail(Json out, const policy::Rule& rule) {
  if (!rule.reason.empty()) out["reason"] = rule.reason;
  return out;
}

Json words_json(policy::AccessSet access, std::initializer_list<gh_access> all) {
  Json out = Json::array();
  for (const auto one : all)
    if ((access & policy::access_bit(one)) != 0) out.push_back(events::access_word(one));
  return out;
}

std::string duration(std::uint64_t ms) { return std::to_string(ms / 1000) + "s"; }

Json reviewer_json(const policy::Reviewer& reviewer) {
  using Kind = policy::Reviewer::Kind;
  using Failing = policy::Reviewer::Failing;
  Json out = {{"type", reviewer.kind == Kind::prompt    ? "prompt"
                       : reviewer.kind == Kind::socket  ? "socket"
                       : reviewer.kind == Kind::command ? "command"
                                                        : "webhook"}};
  if (reviewer.automatic() && !reviewer.name.empty()) out["name"] = reviewer.name;
  if (!reviewer.command.empty()) out["command"] = reviewer.command;
  if (!reviewer.url.empty()) out["url"] = reviewer.url;
  if (!reviewer.secret_file.empty()) out["secret_file"] = reviewer.secret_file;
  if (reviewer.timeout_ms != 0) out["timeout"] = duration(reviewer.timeout_ms);
  out["on_failure"] = reviewer.on_failure == Failing::deny    ? "deny"
                      : reviewer.on_failure == Failing::allow ? "allow"
                                                              : "next";
  return out;
}

}  // namespace

Json path_accesses_json(policy::AccessSet access) {
  Json out = words_json(access, {GH_READ});
  if ((access & policy::kWriteSet) == policy::kWriteSet) {
    out.push_back("write");
  } else {
    // "write" alone cannot be named: who may change content may create, delete and the rest.
    for (auto& one : words_json(access, {GH_CREATE, GH_DELETE, GH_METADATA}))
      out.push_back(one);
  }
  for (auto& one : words_json(access, {GH_EXEC}))
    out.push_back(one);
  return out;
}

Json net_accesses_json(policy::AccessSet access) {
  return words_json(access, {GH_CONNECT, GH_SEND, GH_BIND, GH_LISTEN, GH_ACCEPT});
}

Json rule_json(const policy::PathRule& rule, policy::AccessSet access) {
  Json out = head(rule);
  // A change of content alone, which only an answer can name: to stop it is to stop every change.
  const bool stops = rule.action != policy::Action::allow;
  if (stops && (access & policy::access_bit(GH_WRITE)) != 0) access |= policy::kWriteSet;
  out["access"] = path_accesses_json(access);
  out["paths"] = rule.paths;
  if (!rule.except.empty()) out["except"] = rule.except;
  return tail(std::move(out), rule);
}

Json exec_rule_json(const policy::PathRule& rule) {
  Json out = head(rule);
  out["paths"] = rule.paths;
  if (!rule.except.empty()) out["except"] = rule.except;
  return tail(std::move(out), rule);
}

Json unix_rule_json(const policy::PathRule& rule) {
  Json out = head(rule);
  if (!rule.paths.empty()) out["paths"] = rule.paths;
  if (!rule.abstract.empty()) out["abstract"] = rule.abstract;
  if (!rule.except.empty()) out["except"] = rule.except;
  return tail(std::move(out), rule);
}

Json rule_json(const policy::CommandRule& rule) {
  Json out = head(rule);
  out["command"] = rule.command;
  if (!rule.except.empty()) out["not"] = rule.except;
  return tail(std::move(out), rule);
}

Json rule_json(const policy::NetRule& rule, policy::AccessSet access) {
  Json out = head(rule);
  out["access"] = net_accesses_json(access);
  if (rule.protocols != 0x0f) {
    out["protocol"] = Json::array();
    for (const auto word : policy::protocol_words())
      if ((rule.protocols >> *policy::protocol_of(word) & 1) != 0) out["protocol"].push_back(word);
  }
  for (const auto& cidr : rule.cidrs) {
    char text[INET6_ADDRSTRLEN] = {};
    ::inet_ntop(cidr.v6 ? AF_INET6 : AF_INET, cidr.address, text, sizeof text);
    out["cidrs"].push_back(std::string(text) + "/" + std::to_string(cidr.prefix));
  }
  for (const auto& range : rule.ports) {
    if (range.first == range.last)
      out["ports"].push_back(range.first);
    else
      out["ports"].push_back(std::to_string(range.first) + "-" + std::to_string(range.last));
  }
  return tail(std::move(out), rule);
}

Json approvals_json(const policy::Approvals& approvals) {
  using Unattended = policy::Approvals::Unattended;
  using Hold = policy::Approvals::Hold;
  Json out = Json::object();
  if (approvals.timeout_ms != 0) out["timeout"] = duration(approvals.timeout_ms);
  out["on_timeout"] = policy::name_of(approvals.on_timeout);
  out["on_unattended"] = approvals.on_unattended == Unattended::allow  ? "allow"
                         : approvals.on_unattended == Unattended::wait ? "wait"
                                                                       : "deny";
  out["remember"] = events::scope_word(approvals.remember);
  if (approvals.max_open) out["max_open"] = *approvals.max_open;
  for (const auto& reviewer : approvals.reviewers)
    out["reviewers"].push_back(reviewer_json(reviewer));
  if (approvals.approvers != 1) out["approvers"] = approvals.approvers;
  if (!approvals.self_approval) out["self_approval"] = "deny";
  if (approvals.hold != Hold::choose)
    out["hold"] = approvals.hold == Hold::stop ? "stop" : "freeze";
  return out;
}

}  // namespace gatehouse::learning
