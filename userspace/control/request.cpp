// SPDX-License-Identifier: Apache-2.0
// A line → a typed request: one small function per operation, all in one table. It must never give a
// request to a handler of which any part was not understood.
#include <algorithm>
#include <array>

#include "base/quote.h"
#include "control/document.h"
#include "control/fields.h"

namespace gatehouse::control {
namespace {

constexpr std::array<std::string_view, std::variant_size_v<Operation>> kWords = {
    "status",
    "sessions",
    "pause",
    "resume",
    "kill",
    "approvals.list",
    "approvals.watch",
    "approvals.answer",
    "approvals.preview",
    "approvals.grants",
    "approvals.revoke",
    "events.follow",
    "run.prepare",
    "attach",
    "detach",
    "replace-policy",
    "why",
    "tool-call"};

constexpr std::array<std::string_view, 3> kPhases = {"begin", "end", "over"};  // by ToolCall::Phase

void read(Fields&, Status&) {}
void read(Fields&, Sessions&) {}
void read(Fields& in, Pause& out) { out.session = in.text("session"); }
void read(Fields& in, Resume& out) { out.session = in.text("session"); }
void read(Fields& in, Kill& out) { out.session = in.text("session"); }
void read(Fields& in, ApprovalsList& out) { out.session = in.text_or("session"); }
void read(Fields& in, ApprovalsWatch& out) { out.session = in.text_or("session"); }

void read(Fields& in, ApprovalsAnswer& out) {
  out.id = in.number("id");
  out.allow = in.word("verdict", {"allow", "deny"}) == "allow";
  const std::string scope = in.word_or("scope", {"once", "process", "session"});
  if (!scope.empty()) {
    out.scope = scope == "once"      ? Scope::once
                : scope == "process" ? Scope::process
                                     : Scope::session;
  }
  out.for_ms = in.number_or("for_ms", 0);
  out.message = in.text_or("message");
  out.pattern = in.text_or("pattern");
  if (out.message.size() > 4096) in.wrong("`message` is longer than 4096 bytes");
}

void read(Fields& in, ApprovalsPreview& out) {
  out.id = in.number("id");
  out.allow = in.word_or("verdict", {"allow", "deny"}) != "deny";
  out.pattern = in.text_or("pattern");
}

void read(Fields& in, ApprovalsGrants& out) { out.session = in.text_or("session"); }
void read(Fields& in, ApprovalsRevoke& out) { out.id = in.number("id"); }

void read(Fields& in, EventsFollow& out) {
  out.session = in.text_or("session");
  out.backlog = in.number_or("backlog", 0);
  out.follow = in.flag_or("follow", true);
}

void read(Fields& in, RunPrepare& out) {
  out.policy = in.policy("policy");
  out.workspace = in.text("workspace");
  out.name = in.text_or("name");
  out.labels = in.labels_or("labels");
  const std::string on_ask = in.word_or("on_ask", {"prompt", "deny", "wait"});
  out.on_ask = on_ask == "prompt" ? OnAsk::prompt : on_ask == "deny" ? OnAsk::deny : OnAsk::wait;
  out.argv = in.texts_or("argv");
  const std::uint64_t pid = in.number_or("pid", 0);
  if (pid > 0x7fffffff) in.wrong("`pid` is no process number");
  out.pid = static_cast<std::uint32_t>(pid);
}

void read(Fields& in, Attach& out) {
  out.cgroup = in.text_or("cgroup");
  out.policy = in.policy("policy");
  out.workspace = in.text_or("workspace");
  out.name = in.text_or("name");
  out.labels = in.labels_or("labels");
}

void read(Fields& in, Detach& out) { out.session = in.text("session"); }

void read(Fields& in, ReplacePolicy& out) {
  out.session = in.text("session");
  out.policy = in.policy("policy");
}

void read(Fields& in, Why& out) {
  out.session = in.text_or("session");
  out.last = in.flag_or("last", false);
  out.access = in.text_or("access");
  out.object = in.text_or("object");
  out.within_ms = in.number_or("within_ms", 0);
  out.arguments = in.texts_or("arguments");
  if (!out.arguments.empty() && out.access != "exec") in.wrong("`arguments` go with access `exec`");
  const bool asks = !out.access.empty() && !out.object.empty();
  const bool nothing = out.access.empty() && out.object.empty();
  if (!(out.last ? nothing : asks)) {
    in.wrong("`why` takes either `last` or both `access` and `object`");
  }
  if (out.within_ms != 0 && !out.last) in.wrong("`within_ms` goes with `last`");
}

void read(Fields& in, ToolCall& out) {
  out.phase = phase_of(in.word("phase", {kPhases.begin(), kPhases.end()})).value_or(out.phase);
  out.id = in.text_or("id");
  out.conversation = in.text("conversation");
  out.subagent = in.text_or("subagent");
  out.tool = in.text_or("tool");
  out.above = in.number_or("above", 1);
  if (out.id.empty() != (out.phase == ToolCall::Phase::over))
    in.wrong("`id` goes with `begin` and `end`, and not with `over`");
  if (out.above == 0 || out.above > kMostAbove)
    in.wrong("`above` is not 1 to " + std::to_string(kMostAbove));
}

// The operation of this word and number, read from `in`.
template <std::size_t I = 0>
std::optional<Operation> read_op(std::string_view word, Fields& in) {
  if constexpr (I < kWords.size()) {
    if (word != kWords[I]) return read_op<I + 1>(word, in);
    std::variant_alternative_t<I, Operation> out{};
    read(in, out);
    return Operation(std::in_place_index<I>, std::move(out));
  } else {
    return std::nullopt;
  }
}

}  // namespace

std::string_view op_word(const Operation& operation) { return kWords[operation.index()]; }

std::string_view phase_word(ToolCall::Phase phase) {
  return kPhases[static_cast<std::size_t>(phase)];
}
std::optional<ToolCall::Phase> phase_of(std::string_view word) {
  const auto* const found = std::find(kPhases.begin(), kPhases.end(), word);
  if (found == kPhases.end()) return std::nullopt;
  return static_cast<ToolCall::Phase>(found - kPhases.begin());
}

bool agents_may(const Operation& operation) {
  return std::holds_alternative<Status>(operation) || std::holds_alternative<Why>(operation) ||
         std::holds_alternative<ToolCall>(operation);
}

bool streams(const Operation& operation) {
  return std::holds_alternative<ApprovalsWatch>(operation) ||
         std::holds_alternative<EventsFollow>(operation);
}

std::variant<Operation, Refusal> parse_request(std::string_view line) {
  auto document = parse_document(line, kMostLine);
  if (auto* refusal = std::get_if<Refusal>(&document)) return std::move(*refusal);
  Fields fields(std::get<Json>(document));
  const std::uint64_t version = fields.number("v");
  if (version != kVersion) {
    fields.wrong("version " + std::to_string(version) + " of the protocol is not spoken here",
                 "this daemon speaks version " + std::to_string(kVersion));
  }
  const std::string op = fields.text("op");
  std::optional<Operation> operation = read_op(op, fields);
  if (!operation) fields.wrong("there is no operation " + quote(op));
  if (auto refusal = fields.finish()) return std::move(*refusal);
  return std::move(*operation);
}

}  // namespace gatehouse::control
