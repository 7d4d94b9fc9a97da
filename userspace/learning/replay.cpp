// SPDX-License-Identifier: Apache-2.0
// Events → requests → the walk that `why` takes. It must never guess a missing part of a request.
#include "learning/replay.h"

#include <algorithm>

#include "base/quote.h"
#include "events/words.h"
#include "policy/words.h"

namespace gatehouse::learning {
namespace {

// Judged by the object's name alone, by tables.
bool by_name(gh_reason reason) {
  switch (reason) {
    case GH_REASON_RULE:
    case GH_REASON_DEFAULT:
    case GH_REASON_ANSWER:
    case GH_REASON_ASKS_FULL:
    case GH_REASON_NO_RESTART:
    case GH_REASON_UNATTENDED:
      return true;
    default:
      return false;
  }
}

std::string rule_id(const tables::Tables& tables, std::uint16_t rule) {
  return rule < tables.rules.size() ? tables.rules[rule].id : "";
}

}  // namespace

std::optional<Request> request_of(const events::Judged& judged) {
  if (judged.object.cut || !by_name(judged.reason)) return std::nullopt;
  Request request{judged.access, judged.object.text, judged.argv, {}, {}};
  if (judged.access == GH_PRIVILEGE) {
    const auto privilege = events::privilege_of(std::string_view(judged.object.text));
    if (!privilege) return std::nullopt;
    request.privilege = *privilege;
    return request;
  }
  if (GH_ACCESS_CLASS(judged.access) == 0) {
    const auto& text = judged.object.text;
    const bool name = judged.access == GH_UNIX && policy::is_abstract(text);
    if (text.empty() || (text[0] != '/' && !name)) return std::nullopt;
    return request;
  }
  if (!judged.object.endpoint) return std::nullopt;
  const auto& endpoint = *judged.object.endpoint;
  const auto protocol =
      endpoint.protocol == "other" ? GH_PROTO_OTHER : policy::protocol_of(endpoint.protocol);
  const bool v6 = endpoint.address.find(':') != std::string::npos;
  const auto key = protocol
                       ? tables::parse_endpoint(
                             *protocol, (v6 ? "[" + endpoint.address + "]" : endpoint.address) +
                                            ":" + std::to_string(endpoint.port))
                       : std::nullopt;
  if (!key) return std::nullopt;
  request.key = *key;
  return request;
}

tables::Decision judge(const tables::Tables& tables, const Request& request) {
  if (request.access == GH_PRIVILEGE) return tables::evaluate_privilege(tables, request.privilege);
  if (GH_ACCESS_CLASS(request.access) != 0)
    return tables::evaluate_endpoint(tables, request.key, request.access);
  // Without words: a file that is opened or mapped as code.
  if (request.access == GH_EXEC && !request.argv.empty())
    return tables::evaluate_command(tables, request.object, request.argv);
  return tables::evaluate_path(tables, request.object, request.access);
}

void Replay::put(const Request& request, const tables::Tables& before,
                 const tables::Tables& after) {
  ++requests_;
  const auto was = judge(before, request), is = judge(after, request);
  if (was.verdict == is.verdict) return;
  ++changed_;
  const Change change{request.access, was.verdict, is.verdict, rule_id(before, was.rule),
                      rule_id(after, is.rule)};
  auto found = changes_.find(change);
  if (found == changes_.end()) {
    if (changes_.size() >= kMostGroups) {
      ++ungrouped_;
      return;
    }
    found = changes_.emplace(change, Changed{}).first;
  }
  ++found->second.times;
  auto& examples = found->second.examples;
  const auto text = request.argv.empty() ? visible(request.object) : visible_words(request.argv);
  if (examples.size() < kMostExamples &&
      std::find(examples.begin(), examples.end(), text) == examples.end())
    examples.push_back(text);
}

}  // namespace gatehouse::learning
