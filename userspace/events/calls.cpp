// SPDX-License-Identifier: Apache-2.0
// Open calls by session, and the claims that come of them. It must never hold more of a session than calls.h says,
// whatever its agent tells.
#include "events/calls.h"

#include <algorithm>

#include "events/claims.h"

namespace gatehouse::events {
namespace {

constexpr std::string_view kId = "tool_call_id", kConversation = "conversation_id",
                           kSubagent = "subagent_id", kTool = "tool_name",
                           kCandidates = "tool_call_candidates";

std::string value_of(const Labels& claims, std::string_view name) {
  for (const auto& [key, value] : claims)
    if (key == name) return value;
  return {};
}

}  // namespace

std::string fault_of(const Call& call) {
  const auto fault = [](const char* what, const std::string& text, bool must) -> std::string {
    if (text.empty() ? !must : is_claimed_id(text)) return {};
    return std::string(what) + " is not 1 to 128 letters, digits and - _ . :";
  };
  for (const auto& found :
       {fault("the id", call.id, false), fault("the conversation", call.conversation, true),
        fault("the subagent", call.subagent, false), fault("the tool", call.tool, false)})
    if (!found.empty()) return found;
  return {};
}

Labels claims_of(const Call& call) {
  Labels claims;
  for (const auto& [name, value] : {std::pair(kId, &call.id),
                                    {kConversation, &call.conversation},
                                    {kSubagent, &call.subagent},
                                    {kTool, &call.tool}})
    if (!value->empty()) claims.emplace_back(name, *value);
  return claims;
}

void set_call(Process& process, const Call& call) {
  std::erase_if(process.claimed, [](const auto& claim) {
    for (const auto name : {kId, kConversation, kSubagent, kTool, kCandidates})
      if (claim.first == name) return true;
    return false;
  });
  for (auto& claim : claims_of(call))
    process.claimed.push_back(std::move(claim));
}

Call call_of(const Process& process) {
  const auto& claims = process.claimed;
  return {value_of(claims, kId), value_of(claims, kConversation), value_of(claims, kSubagent),
          value_of(claims, kTool)};
}

std::vector<std::string> candidates_of(const Process& process) {
  std::vector<std::string> ids;
  const std::string text = value_of(process.claimed, kCandidates);
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find(' ', at), text.size());
    ids.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return ids;
}

std::string call_text(const Process& process) {
  if (const auto id = value_of(process.claimed, kId); !id.empty()) return "call " + id;
  std::string text;
  for (const auto& id : candidates_of(process))
    text += (text.empty() ? "call " : " or ") + id;
  return text;
}

bool names_call(const Process& process, std::string_view id) {
  if (id.empty()) return false;
  if (value_of(process.claimed, kId) == id) return true;
  const auto ids = candidates_of(process);
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

bool Calls::may_tell(std::uint64_t session, std::int64_t now) {
  auto& spent = sessions_[session].spent_until;
  spent = std::max(spent, now);
  // The clock was set back: what was spent then does not count.
  if (spent > now + kMostAtOnce * kApart) spent = now;
  if (spent - now > (kMostAtOnce - 1) * kApart) return false;
  spent += kApart;
  return true;
}

std::string Calls::begin(const AgentKey& agent, const Call& call, std::int64_t now) {
  auto& open = sessions_[agent.session].open;
  if (open.size() >= kMostOpen)
    return std::to_string(kMostOpen) + " calls of this session are open already";
  if (std::any_of(open.begin(), open.end(),
                  [&](const Open& one) { return one.agent == agent && one.call.id == call.id; }))
    return "this call is open already";
  open.push_back({agent, call, now});
  return {};
}

template <typename Which>
std::vector<Call> Calls::close(std::uint64_t session, Which which) {
  std::vector<Call> closed;
  const auto told = sessions_.find(session);
  if (told == sessions_.end()) return closed;
  std::erase_if(told->second.open, [&](Open& one) {
    if (!which(one)) return false;
    closed.push_back(std::move(one.call));
    return true;
  });
  return closed;
}

std::optional<Call> Calls::end(const AgentKey& agent, const std::string& id) {
  auto closed = close(agent.session,
                      [&](const Open& one) { return one.agent == agent && one.call.id == id; });
  if (closed.empty()) return std::nullopt;
  return std::move(closed.front());
}

std::vector<Call> Calls::over(const AgentKey& agent, const Call& part) {
  return close(agent.session, [&](const Open& one) {
    return one.agent == agent && one.call.conversation == part.conversation &&
           one.call.subagent == part.subagent;
  });
}

std::vector<Call> Calls::ended(const AgentKey& agent) {
  return close(agent.session, [&](const Open& one) { return one.agent == agent; });
}

void Calls::forget(std::uint64_t session) { sessions_.erase(session); }

Labels Calls::of_child(const AgentKey& agent, std::int64_t time) const {
  const auto told = sessions_.find(agent.session);
  if (told == sessions_.end()) return {};
  std::vector<const Call*> open;
  for (const auto& one : told->second.open)
    if (one.agent == agent && one.since <= time) open.push_back(&one.call);
  if (open.empty() || open.size() > kMostCandidates) return {};
  if (open.size() == 1) return claims_of(*open.front());
  Labels claims{{std::string(kCandidates), {}}};
  bool same = true;
  for (const auto* call : open) {
    claims[0].second += (claims[0].second.empty() ? "" : " ") + call->id;
    same = same && call->conversation == open.front()->conversation;
  }
  if (same) claims.emplace_back(kConversation, open.front()->conversation);
  return claims;
}

}  // namespace gatehouse::events
