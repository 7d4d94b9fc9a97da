// SPDX-License-Identifier: Apache-2.0
// The other way round of sinks/jsonl. It must never throw at a member that is missing or of another type.
#include "cli/event_json.h"

#include <ctime>

#include "events/words.h"

namespace gatehouse::cli {
namespace {

using control::Json;

std::string text(const Json& line, const char* name) {
  const auto found = line.find(name);
  return found != line.end() && found->is_string() ? found->get<std::string>() : std::string();
}

template <typename Number = std::uint64_t>
Number number(const Json& line, const char* name) {
  const auto found = line.find(name);
  return found != line.end() && found->is_number() ? found->get<Number>() : Number{};
}

std::vector<std::string> list(const Json& line, const char* name) {
  std::vector<std::string> out;
  const auto found = line.find(name);
  if (found == line.end() || !found->is_array()) return out;
  for (const auto& word : *found)
    if (word.is_string()) out.push_back(word.get<std::string>());
  return out;
}

std::int64_t time_of(const std::string& rfc3339) {
  std::tm parts = {};
  const char* rest = ::strptime(rfc3339.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return 0;
  std::int64_t nanoseconds = 0, digit = 100'000'000;
  if (*rest == '.')
    for (rest++; *rest >= '0' && *rest <= '9'; rest++, digit /= 10)
      nanoseconds += (*rest - '0') * digit;
  return static_cast<std::int64_t>(::timegm(&parts)) * 1'000'000'000 + nanoseconds;
}

gh_access access_in(const Json& line) {
  for (unsigned value = 0; value < 256; value++)
    if (const auto access = events::access_of(value);
        access && events::access_word(*access) == text(line, "access"))
      return *access;
  return GH_READ;
}

gh_verdict verdict_in(const Json& line) {
  for (unsigned value = 0; value < 8; value++)
    if (const auto verdict = events::verdict_of(value);
        verdict && events::verdict_word(*verdict) == text(line, "verdict"))
      return *verdict;
  return GH_DENY;
}

// Several numbers share a word; the sentence tells them apart.
gh_reason reason_in(const Json& line) {
  for (unsigned value = 0; value < 256; value++)
    if (const auto reason = events::reason_of(value);
        reason && events::reason_sentence(*reason) == text(line, "detail"))
      return *reason;
  return GH_REASON_RULE;
}

events::Object object_in(const Json& line) {
  events::Object object;
  object.text = text(line, "object");
  object.cut = line.contains("object_cut");
  return object;
}

void judged(const Json& line, events::Judged& out) {
  out.access = access_in(line);
  out.object = object_in(line);
  out.argv = list(line, "argv");
  out.verdict = verdict_in(line);
  out.audit = line.contains("audit");
  out.rule = {text(line, "rule"), text(line, "layer"), text(line, "rule_reason")};
  out.reason = reason_in(line);
}

std::optional<int> status_in(const Json& line) {
  if (line.contains("signal")) return number<int>(line, "signal") & 0x7f;
  if (line.contains("exit_code")) return (number<int>(line, "exit_code") & 0xff) << 8;
  return std::nullopt;
}

events::ApprovalAnswered answered(const Json& line) {
  events::ApprovalAnswered out;
  out.approval = number(line, "approval");
  out.access = access_in(line);
  out.object = object_in(line);
  out.verdict = verdict_in(line);
  out.scope = events::scope_of(text(line, "scope")).value_or(GH_SCOPE_ONCE);
  out.for_ms = number(line, "for_ms");
  out.waiting = number(line, "waiting");
  out.by.kind = text(line, "by") == "policy" ? events::Approver::Kind::policy
                                             : events::Approver::Kind::person;
  out.by.uid = number<std::uint32_t>(line, "by_uid");
  out.by.pid = number<std::uint32_t>(line, "by_pid");
  out.by.comm = text(line, "by_comm");
  out.message = text(line, "message");
  return out;
}

std::optional<events::Body> body_of(const Json& line) {
  const std::string type = text(line, "type");
  if (type == "decision") {
    events::Decision body;
    judged(line, body);
    return body;
  }
  if (type == "ask") {
    events::Ask body;
    judged(line, body);
    body.approval = number(line, "approval");
    return body;
  }
  if (type == "ask-gone") return events::AskGone{access_in(line), {}};
  if (type == "fork") return events::Fork{number<std::uint32_t>(line, "child"), 0};
  if (type == "exec") return events::Exec{object_in(line), list(line, "argv"), false};
  if (type == "exit") return events::Exit{status_in(line).value_or(0)};
  if (type == "session-start")
    return events::SessionStart{text(line, "cgroup"), text(line, "workspace"),
                                number<std::uint32_t>(line, "owner"), list(line, "argv")};
  if (type == "session-end") return events::SessionEnd{status_in(line), text(line, "why")};
  if (type == "policy-published")
    return events::PolicyPublished{0, number<std::uint32_t>(line, "rules"),
                                   number<std::uint32_t>(line, "states"),
                                   text(line, "mode") == "audit"};
  if (type == "approval-answered") return answered(line);
  if (type == "approval-expired")
    return events::ApprovalExpired{number(line, "approval"), access_in(line), object_in(line),
                                   verdict_in(line), number(line, "waiting")};
  if (type == "events-lost")
    return events::EventsLost{text(line, "ring"), {}, number(line, "count"), text(line, "why")};
  if (type == "controller-start") return events::ControllerStart{text(line, "version")};
  if (type == "controller-stop") return events::ControllerStop{text(line, "why")};
  if (type == "controller-adopted") return events::ControllerAdopted{number(line, "sessions")};
  return std::nullopt;
}

}  // namespace

std::optional<events::Event> event_from_json(const Json& line) {
  if (!line.is_object()) return std::nullopt;
  auto body = body_of(line);
  if (!body) return std::nullopt;
  events::Event event;
  event.body = std::move(*body);
  event.time = time_of(text(line, "time"));
  if (const auto session = line.find("session"); session != line.end() && session->is_object()) {
    event.session.serial = number(*session, "id");
    event.session.name = text(*session, "name");
  }
  event.process.pid = number<std::uint32_t>(line, "pid");
  event.process.comm = text(line, "comm");
  return event;
}

}  // namespace gatehouse::cli
