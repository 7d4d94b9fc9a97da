// SPDX-License-Identifier: Apache-2.0
// Replies and their lines, both ways. It must never parse an item that it passes on: the daemon wrote
// it, and people's programs read it as it was written.
#include "control/document.h"

namespace gatehouse::control {
namespace {

constexpr std::string_view kItemHead = R"({"v":1,"item":)";

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

}  // namespace

std::string result_line(const Json& result) {
  Json out = {{"v", kVersion}, {"ok", true}};
  out["result"] = result;
  return dumped(out);
}

std::string item_line(std::string_view json) {
  return std::string(kItemHead) + std::string(json) + "}";
}

std::string refusal_line(const Refusal& refusal) {
  Json error = {{"message", refusal.message}};
  if (!refusal.hint.empty()) error["hint"] = refusal.hint;
  if (!refusal.diagnostics.is_null()) error["diagnostics"] = refusal.diagnostics;
  Json out = {{"v", kVersion}, {"ok", false}};
  out["error"] = std::move(error);
  return dumped(out);
}

std::variant<Reply, Refusal> parse_reply(std::string_view line) {
  auto document = parse_document(line, kMostReply);
  if (auto* refusal = std::get_if<Refusal>(&document)) return std::move(*refusal);
  Json& json = std::get<Json>(document);
  Reply reply;
  if (json.contains("item")) {
    reply.kind = Reply::Kind::item;
    const bool whole = line.starts_with(kItemHead) && line.ends_with('}') && json.size() == 2;
    if (whole) reply.raw = line.substr(kItemHead.size(), line.size() - kItemHead.size() - 1);
    reply.value = std::move(json["item"]);
    if (!whole) reply.raw = dumped(reply.value);
    return reply;
  }
  if (json.contains("error") && json["error"].is_object()) {
    const Json& error = json["error"];
    reply.refusal = {text_of(error, "message"), text_of(error, "hint"), {}};
    if (error.contains("diagnostics")) reply.refusal.diagnostics = error["diagnostics"];
    return reply;
  }
  if (json.contains("result")) {
    reply.kind = Reply::Kind::result;
    reply.value = std::move(json["result"]);
    return reply;
  }
  return Refusal{"the daemon's reply is neither a result, an item nor an error",
                 "client and daemon may be of different versions"};
}

}  // namespace gatehouse::control
