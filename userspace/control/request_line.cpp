// SPDX-License-Identifier: Apache-2.0
// A typed request → its line: the client's half of request.cpp. It must never write a member that is
// empty, so that an older daemon understands as much as it can.
#include "control/protocol.h"

namespace gatehouse::control {
namespace {

void put(Json& out, const char* name, const std::string& text) {
  if (!text.empty()) out[name] = text;
}

void put(Json& out, const Labels& labels) {
  if (labels.empty()) return;
  Json object = Json::object();
  for (const auto& [key, value] : labels) {
    object[key] = value;
  }
  out["labels"] = std::move(object);
}

void put(Json& out, const PolicySource& policy) {
  Json source = Json::object();
  put(source, "name", policy.name);
  for (const PolicyFile& file : policy.files) {
    source["files"].push_back({{"name", file.name}, {"text", file.text}});
  }
  out["policy"] = std::move(source);
}

void write(Json&, const Status&) {}
void write(Json&, const Sessions&) {}
void write(Json& out, const Pause& in) { put(out, "session", in.session); }
void write(Json& out, const Resume& in) { put(out, "session", in.session); }
void write(Json& out, const Kill& in) { put(out, "session", in.session); }
void write(Json& out, const ApprovalsList& in) { put(out, "session", in.session); }
void write(Json& out, const ApprovalsWatch& in) { put(out, "session", in.session); }
void write(Json& out, const Detach& in) { put(out, "session", in.session); }

void write(Json& out, const ApprovalsAnswer& in) {
  static constexpr const char* kScopes[] = {"once", "process", "session"};
  out["id"] = in.id;
  out["verdict"] = in.allow ? "allow" : "deny";
  if (in.scope) out["scope"] = kScopes[static_cast<int>(*in.scope)];
  if (in.for_ms != 0) out["for_ms"] = in.for_ms;
  put(out, "message", in.message);
  put(out, "pattern", in.pattern);
}

void write(Json& out, const ApprovalsPreview& in) {
  out["id"] = in.id;
  if (!in.allow) out["verdict"] = "deny";
  put(out, "pattern", in.pattern);
}

void write(Json& out, const ApprovalsGrants& in) { put(out, "session", in.session); }
void write(Json& out, const ApprovalsRevoke& in) { out["id"] = in.id; }

void write(Json& out, const EventsFollow& in) {
  put(out, "session", in.session);
  if (in.backlog != 0) out["backlog"] = in.backlog;
  if (!in.follow) out["follow"] = false;
}

void write(Json& out, const RunPrepare& in) {
  static constexpr const char* kOnAsk[] = {"prompt", "deny", "wait"};
  put(out, in.policy);
  put(out, "workspace", in.workspace);
  put(out, "name", in.name);
  put(out, in.labels);
  out["on_ask"] = kOnAsk[static_cast<int>(in.on_ask)];
  if (!in.argv.empty()) out["argv"] = in.argv;
  if (in.pid != 0) out["pid"] = in.pid;
}

void write(Json& out, const Attach& in) {
  put(out, "cgroup", in.cgroup);
  put(out, in.policy);
  put(out, "workspace", in.workspace);
  put(out, "name", in.name);
  put(out, in.labels);
}

void write(Json& out, const ReplacePolicy& in) {
  put(out, "session", in.session);
  put(out, in.policy);
}

void write(Json& out, const Why& in) {
  put(out, "session", in.session);
  if (in.last) out["last"] = true;
  if (in.within_ms != 0) out["within_ms"] = in.within_ms;
  put(out, "access", in.access);
  put(out, "object", in.object);
  if (!in.arguments.empty()) out["arguments"] = in.arguments;
}

void write(Json& out, const ToolCall& in) {
  out["phase"] = phase_word(in.phase);
  put(out, "id", in.id);
  put(out, "conversation", in.conversation);
  put(out, "subagent", in.subagent);
  put(out, "tool", in.tool);
  if (in.above != 1) out["above"] = in.above;
}

}  // namespace

std::string request_line(const Operation& operation) {
  Json out = {{"v", kVersion}, {"op", op_word(operation)}};
  std::visit([&](const auto& in) { write(out, in); }, operation);
  // What is not UTF-8 (a label, an argument) is replaced: the daemon refuses anything else.
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace gatehouse::control
