// SPDX-License-Identifier: Apache-2.0
// Cards over the control socket. What comes in was written by our own daemon, yet it must never be
// believed to be complete.
#include <nlohmann/json.hpp>

#include "approvals/card.h"
#include "events/json.h"
#include "events/json_read.h"
#include "events/words.h"

namespace gatehouse::approvals {
namespace {

using events::number_in;
using events::text_in;
using Json = nlohmann::json;

std::string program_json(const events::Program& program) {
  std::string out;
  {
    events::JsonObject object(out);
    object.number("pid", program.pid);
    object.text("exe", program.exe);
    object.list("argv", program.argv);
    if (!program.cwd.empty()) object.text("cwd", program.cwd);
  }
  return out;
}

const Json& object_in(const Json& object, const char* name) {
  static const Json nothing = Json::object();
  const auto found = object.find(name);
  return found != object.end() && found->is_object() ? *found : nothing;
}

events::Program program_in(const Json& json) {
  events::Program program;
  program.pid = static_cast<std::uint32_t>(number_in(json, "pid"));
  program.exe = text_in(json, "exe");
  program.cwd = text_in(json, "cwd");
  program.argv = events::words_in(json, "argv");
  return program;
}

}  // namespace

std::string card_json(const Card& card) {
  std::string out;
  {
    events::JsonObject object(out);
    object.number("id", card.id);
    object.text("access", card.access);
    object.text("object", card.object.text);
    if (card.object.cut) object.boolean("object_cut", true);
    {
      events::JsonObject session = object.object("session");
      session.number("id", card.session.serial);
      if (!card.session.name.empty()) session.text("name", card.session.name);
    }
    object.text("policy", card.policy);
    if (!card.rule.id.empty()) object.text("rule", card.rule.id);
    if (!card.rule.layer.empty()) object.text("layer", card.rule.layer);
    if (!card.rule.reason.empty()) object.text("rule_reason", card.rule.reason);
    object.text("reason", card.reason);
    object.number("pid", card.process.pid);
    object.number("uid", card.process.uid);
    object.text("comm", card.process.comm);
    std::string chain;
    for (const events::Program& program : card.chain) {
      chain += (chain.empty() ? "" : ",") + program_json(program);
    }
    object.raw("chain", "[" + chain + "]");
    object.number("waiting", card.waiting);
    if (card.left_ms) object.number("left_ms", *card.left_ms);
    object.text("on_timeout", events::verdict_word(card.on_timeout));
    object.text("remember", events::scope_word(card.remember));
  }
  return out;
}

std::optional<Card> card_from_json(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || number_in(json, "id") == 0) return std::nullopt;
  Card card;
  card.id = number_in(json, "id");
  card.access = text_in(json, "access");
  card.object.text = text_in(json, "object");
  card.object.cut = json.contains("object_cut");
  const Json& session = object_in(json, "session");
  card.session.serial = number_in(session, "id");
  card.session.name = text_in(session, "name");
  card.policy = text_in(json, "policy");
  card.rule = {text_in(json, "rule"), text_in(json, "layer"), text_in(json, "rule_reason")};
  card.reason = text_in(json, "reason");
  card.process.pid = static_cast<std::uint32_t>(number_in(json, "pid"));
  card.process.uid = static_cast<std::uint32_t>(number_in(json, "uid"));
  card.process.comm = text_in(json, "comm");
  if (const auto chain = json.find("chain"); chain != json.end() && chain->is_array()) {
    for (const Json& program : *chain) {
      if (program.is_object()) card.chain.push_back(program_in(program));
    }
  }
  card.waiting = number_in(json, "waiting");
  if (json.contains("left_ms")) card.left_ms = number_in(json, "left_ms");
  card.on_timeout = text_in(json, "on_timeout") == "allow" ? GH_ALLOW : GH_DENY;
  card.remember = events::scope_of(text_in(json, "remember")).value_or(GH_SCOPE_ONCE);
  return card;
}

}  // namespace gatehouse::approvals
