// SPDX-License-Identifier: Apache-2.0
// The other way round of sinks/jsonl. It must never throw at a member that is missing or of another type.
#include "reading/event_json.h"

#include <charconv>

#include "events/json_read.h"
#include "events/time.h"
#include "events/words.h"

namespace gatehouse::reading {
namespace {

using events::bytes_in;
using events::number_in;
using events::text_in;
using events::words_of_bytes_in;

std::uint32_t small(const Json& line, const char* name) {
  return static_cast<std::uint32_t>(number_in(line, name));
}

// Numbers that are written as text, since a double does not hold them.
std::uint64_t wide(const Json& line, const char* name) {
  const std::string text = text_in(line, name);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? value : 0;
}

// An object of texts, in its order; bytes where they were none.
events::Labels labels_in(const Json& object, const char* name) {
  events::Labels labels;
  const auto found = object.find(name);
  if (found == object.end() || !found->is_object()) return labels;
  for (const auto& [key, value] : found->items())
    if (value.is_string() &&
        !(key.ends_with("_bytes") && found->contains(key.substr(0, key.size() - 6))))
      labels.emplace_back(key, bytes_in(*found, key.c_str()));
  return labels;
}

gh_access access_in(const Json& line) {
  return events::access_of(text_in(line, "access")).value_or(GH_READ);
}

gh_verdict verdict_in(const Json& line) {
  return events::verdict_of(text_in(line, "verdict")).value_or(GH_DENY);
}

// Several reasons share a word; the sentence tells which.
gh_reason reason_in(const Json& line) {
  return events::reason_of(text_in(line, "detail")).value_or(GH_REASON_RULE);
}

events::Object object_in(const Json& line) {
  events::Object object;
  object.text = bytes_in(line, "object");
  object.cut = line.contains("object_cut");
  if (const auto protocol = text_in(line, "protocol"); !protocol.empty())
    object.endpoint = events::Endpoint{protocol, text_in(line, "address"),
                                       static_cast<std::uint16_t>(small(line, "port"))};
  return object;
}

void judged(const Json& line, events::Judged& out) {
  out.access = access_in(line);
  out.object = object_in(line);
  out.argv = words_of_bytes_in(line, "argv");
  out.verdict = verdict_in(line);
  out.audit = line.contains("audit");
  out.rule = {bytes_in(line, "rule"), bytes_in(line, "layer"), bytes_in(line, "rule_reason")};
  out.reason = reason_in(line);
}

events::EventsLost lost(const Json& line) {
  events::EventsLost lost{
      text_in(line, "ring"), {}, number_in(line, "count"), bytes_in(line, "why")};
  if (line.contains("cpu")) lost.cpu = small(line, "cpu");
  if (line.contains("past_seq"))
    lost.among = events::Range{number_in(line, "first_seq"), number_in(line, "past_seq")};
  return lost;
}

std::optional<int> status_in(const Json& line) {
  if (line.contains("signal")) return small(line, "signal") & 0x7f;
  if (line.contains("exit_code")) return (small(line, "exit_code") & 0xff) << 8;
  return std::nullopt;
}

events::Approver approver_in(const Json& line) {
  return {events::approver_of(text_in(line, "by")).value_or(events::Approver::Kind::person),
          small(line, "by_uid"), small(line, "by_pid"), bytes_in(line, "by_comm"),
          bytes_in(line, "by_name")};
}

events::ApprovalAnswered answered(const Json& line) {
  events::ApprovalAnswered out;
  out.approval = number_in(line, "approval");
  out.access = access_in(line);
  out.object = object_in(line);
  out.verdict = verdict_in(line);
  out.scope = events::scope_of(text_in(line, "scope")).value_or(GH_SCOPE_ONCE);
  out.for_ms = number_in(line, "for_ms");
  out.waiting = number_in(line, "waiting");
  out.by = approver_in(line);
  out.grant = number_in(line, "grant");
  out.pattern = bytes_in(line, "pattern");
  out.message = bytes_in(line, "message");
  return out;
}

std::optional<events::Body> body_of(const Json& line) {
  const std::string type = text_in(line, "type");
  if (type == "decision") {
    events::Decision body;
    judged(line, body);
    return body;
  }
  if (type == "ask") {
    events::Ask body;
    judged(line, body);
    body.approval = number_in(line, "approval");
    body.again = line.contains("again");
    return body;
  }
  if (type == "ask-gone") return events::AskGone{access_in(line), {}};
  if (type == "fork") return events::Fork{small(line, "child"), wide(line, "child_start")};
  if (type == "exec")
    return events::Exec{object_in(line), words_of_bytes_in(line, "argv"),
                        line.contains("argv_cut")};
  if (type == "exit") return events::Exit{status_in(line).value_or(0)};
  if (type == "tool-call")
    return events::ToolCall{
        events::phase_of(text_in(line, "phase")).value_or(events::ToolCall::Phase::lapsed),
        small(line, "hook"), wide(line, "hook_start")};
  if (type == "session-start")
    return events::SessionStart{bytes_in(line, "cgroup"), bytes_in(line, "workspace"),
                                small(line, "owner"), words_of_bytes_in(line, "argv")};
  if (type == "session-end") return events::SessionEnd{status_in(line), bytes_in(line, "why")};
  if (type == "policy-published")
    return events::PolicyPublished{wide(line, "digest"), small(line, "rules"),
                                   small(line, "states"), text_in(line, "mode") == "audit"};
  if (type == "approval-answered") return answered(line);
  if (type == "grant-revoked")
    return events::GrantRevoked{number_in(line, "grant"),
                                access_in(line),
                                object_in(line),
                                verdict_in(line),
                                events::scope_of(text_in(line, "scope")).value_or(GH_SCOPE_ONCE),
                                approver_in(line),
                                bytes_in(line, "pattern")};
  if (type == "approval-expired")
    return events::ApprovalExpired{number_in(line, "approval"), access_in(line), object_in(line),
                                   verdict_in(line), number_in(line, "waiting")};
  if (type == "approval-review")
    return events::ApprovalReview{
        number_in(line, "approval"),
        access_in(line),
        object_in(line),
        events::review_of(text_in(line, "result")).value_or(events::ApprovalReview::Result::failed),
        approver_in(line),
        bytes_in(line, "why")};
  if (type == "events-lost") return lost(line);
  if (type == "controller-start")
    return events::ControllerStart{bytes_in(line, "version"),
                                   events::from_rfc3339(text_in(line, "away_since")).value_or(0)};
  if (type == "controller-stop") return events::ControllerStop{bytes_in(line, "why")};
  if (type == "controller-adopted") return events::ControllerAdopted{number_in(line, "sessions")};
  return std::nullopt;
}

}  // namespace

std::optional<events::Event> event_from_json(const Json& line) {
  if (!line.is_object()) return std::nullopt;
  auto body = body_of(line);
  if (!body) return std::nullopt;
  events::Event event;
  event.body = std::move(*body);
  event.time = events::from_rfc3339(text_in(line, "time")).value_or(0);
  if (line.contains("seq"))
    event.origin = events::Origin{number_in(line, "seq"), small(line, "cpu")};
  if (const auto session = line.find("session"); session != line.end() && session->is_object()) {
    event.session.serial = number_in(*session, "id");
    event.session.name = bytes_in(*session, "name");
    event.session.container = bytes_in(*session, "container");
    event.session.labels = labels_in(*session, "labels");
  }
  if (const auto policy = line.find("policy"); policy != line.end() && policy->is_object())
    event.policy = {bytes_in(*policy, "name"), small(*policy, "generation")};
  event.process = {small(line, "pid"),     small(line, "tid"),   small(line, "ppid"),
                   small(line, "uid"),     small(line, "gid"),   wide(line, "start"),
                   bytes_in(line, "comm"), bytes_in(line, "exe")};
  event.process.claimed = labels_in(line, "claimed");
  return event;
}

}  // namespace gatehouse::reading
