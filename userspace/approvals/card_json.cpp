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

using events::bytes_in;
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

std::string earlier_json(const Earlier& earlier) {
  std::string out;
  {
    events::JsonObject object(out);
    object.text("object", earlier.object);
    object.text("verdict", events::verdict_word(earlier.verdict));
    object.text("scope", events::scope_word(earlier.scope));
    object.text("by", earlier.by);
    object.number("ago_ms", earlier.ago_ms);
  }
  return out;
}

void put_storm(events::JsonObject& out, const Storm& storm) {
  events::JsonObject object = out.object("storm");
  object.number("objects", storm.objects);
  {
    events::JsonObject kinds = object.object("kinds");
    for (const auto& [access, objects] : storm.kinds) {
      kinds.number(events::access_word(access), objects);
    }
  }
  object.list("examples", storm.examples);
}

template <typename T>
void put_list(events::JsonObject& out, const char* name, const std::vector<T>& values,
              std::string (*json)(const T&)) {
  std::string list;
  for (const T& value : values) {
    list += (list.empty() ? "" : ",") + json(value);
  }
  out.raw(name, "[" + list + "]");
}

// Each object of a list.
template <typename Take>
void each_in(const Json& object, const char* name, Take take) {
  const auto list = object.find(name);
  if (list == object.end() || !list->is_array()) return;
  for (const Json& value : *list) {
    if (value.is_object()) take(value);
  }
}

const Json& object_in(const Json& object, const char* name) {
  static const Json nothing = Json::object();
  const auto found = object.find(name);
  return found != object.end() && found->is_object() ? *found : nothing;
}

events::Program program_in(const Json& json) {
  events::Program program;
  program.pid = static_cast<std::uint32_t>(number_in(json, "pid"));
  program.exe = bytes_in(json, "exe");
  program.cwd = bytes_in(json, "cwd");
  program.argv = events::words_of_bytes_in(json, "argv");
  return program;
}

Earlier earlier_in(const Json& json) {
  Earlier earlier;
  earlier.object = bytes_in(json, "object");
  earlier.verdict = text_in(json, "verdict") == "allow" ? GH_ALLOW : GH_DENY;
  earlier.scope = events::scope_of(text_in(json, "scope")).value_or(GH_SCOPE_ONCE);
  earlier.by = bytes_in(json, "by");
  earlier.ago_ms = number_in(json, "ago_ms");
  return earlier;
}

std::optional<Storm> storm_in(const Json& json) {
  const auto found = json.find("storm");
  if (found == json.end() || !found->is_object()) return std::nullopt;
  Storm storm;
  storm.objects = number_in(*found, "objects");
  for (const auto& [word, objects] : object_in(*found, "kinds").items()) {
    const auto access = events::access_of(word);
    if (access && objects.is_number_unsigned()) storm.kinds[*access] = objects.get<std::size_t>();
  }
  storm.examples = events::words_of_bytes_in(*found, "examples");
  return storm;
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
    if (!card.argv.empty()) object.list("argv", card.argv);
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
    put_list(object, "chain", card.chain, program_json);
    object.number("waiting", card.waiting);
    object.number("processes", card.processes);
    object.number("waited_ms", card.waited_ms);
    if (card.left_ms) object.number("left_ms", *card.left_ms);
    object.text("on_timeout", events::verdict_word(card.on_timeout));
    object.text("remember", events::scope_word(card.remember));
    put_list(object, "earlier", card.earlier, earlier_json);
    if (card.storm) put_storm(object, *card.storm);
  }
  return out;
}

std::optional<Card> card_from_json(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || number_in(json, "id") == 0) return std::nullopt;
  Card card;
  card.id = number_in(json, "id");
  card.access = text_in(json, "access");
  card.object.text = bytes_in(json, "object");
  card.object.cut = json.contains("object_cut");
  card.argv = events::words_of_bytes_in(json, "argv");
  const Json& session = object_in(json, "session");
  card.session.serial = number_in(session, "id");
  card.session.name = text_in(session, "name");
  card.policy = text_in(json, "policy");
  card.rule = {text_in(json, "rule"), text_in(json, "layer"), text_in(json, "rule_reason")};
  card.reason = text_in(json, "reason");
  card.process.pid = static_cast<std::uint32_t>(number_in(json, "pid"));
  card.process.uid = static_cast<std::uint32_t>(number_in(json, "uid"));
  card.process.comm = bytes_in(json, "comm");
  each_in(json, "chain", [&](const Json& one) { card.chain.push_back(program_in(one)); });
  each_in(json, "earlier", [&](const Json& one) { card.earlier.push_back(earlier_in(one)); });
  card.storm = storm_in(json);
  card.waiting = number_in(json, "waiting");
  card.processes = number_in(json, "processes");
  card.waited_ms = number_in(json, "waited_ms");
  if (json.contains("left_ms")) card.left_ms = number_in(json, "left_ms");
  card.on_timeout = text_in(json, "on_timeout") == "allow" ? GH_ALLOW : GH_DENY;
  card.remember = events::scope_of(text_in(json, "remember")).value_or(GH_SCOPE_ONCE);
  return card;
}

}  // namespace gatehouse::approvals
