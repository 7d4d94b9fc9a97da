// SPDX-License-Identifier: Apache-2.0
// One line of JSON for each grant. It must never lose a byte of an object, nor take half a grant for a whole.
#include "approvals/grant_record.h"

#include <nlohmann/json.hpp>

#include "events/json.h"
#include "events/json_read.h"
#include "events/words.h"

namespace gatehouse::approvals {
namespace {

using events::bytes_in;
using events::number_in;
using events::text_in;
using Json = nlohmann::json;

void put(std::string& out, const Grant& grant) {
  events::JsonObject object(out);
  object.number("id", grant.id);
  object.number("session", grant.subject.session);
  object.number("hash_1", grant.subject.object[0]);
  object.number("hash_2", grant.subject.object[1]);
  object.number("pid", grant.subject.pid);
  object.number("start", grant.subject.process_start);
  object.text("scope", events::scope_word(grant.scope));
  object.text("verdict", events::verdict_word(grant.verdict));
  object.number("expires", grant.expires);
  object.boolean("known", grant.known);
  object.text("access", events::access_word(grant.access));
  object.text("object", grant.object);
  object.text("rule", grant.rule);
  object.number("given", grant.given);
  object.text("by", events::approver_word(grant.by.kind));
  object.text("by_name", grant.by.name);
  object.number("by_uid", grant.by.uid);
  object.number("by_pid", grant.by.pid);
  object.text("by_comm", grant.by.comm);
  object.text("message", grant.message);
  object.text("pattern", grant.pattern);
  if (!grant.argv.empty()) object.list("argv", grant.argv);
}

bool flag_in(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

std::optional<Grant> grant_in(const Json& json) {
  const auto scope = events::scope_of(text_in(json, "scope"));
  const auto verdict = events::verdict_of(text_in(json, "verdict"));
  const auto access = events::access_of(text_in(json, "access"));
  if (!scope || !verdict || !access || number_in(json, "id") == 0) return std::nullopt;
  Grant grant;
  grant.id = number_in(json, "id");
  grant.subject.session = number_in(json, "session");
  grant.subject.object = {number_in(json, "hash_1"), number_in(json, "hash_2")};
  grant.subject.pid = static_cast<std::uint32_t>(number_in(json, "pid"));
  grant.subject.process_start = number_in(json, "start");
  grant.scope = *scope;
  grant.verdict = *verdict;
  grant.expires = number_in(json, "expires");
  grant.known = flag_in(json, "known");
  grant.access = *access;
  grant.object = bytes_in(json, "object");
  grant.rule = text_in(json, "rule");
  grant.given = number_in(json, "given");
  const auto by = events::approver_of(text_in(json, "by"));
  if (!by) return std::nullopt;
  grant.by.kind = *by;
  grant.by.name = text_in(json, "by_name");
  grant.by.uid = static_cast<std::uint32_t>(number_in(json, "by_uid"));
  grant.by.pid = static_cast<std::uint32_t>(number_in(json, "by_pid"));
  grant.by.comm = bytes_in(json, "by_comm");
  grant.message = text_in(json, "message");
  grant.pattern = text_in(json, "pattern");
  grant.argv = events::words_of_bytes_in(json, "argv");
  return grant;
}

}  // namespace

std::string grants_record(const std::vector<const Grant*>& grants) {
  std::string out;
  for (const Grant* grant : grants) {
    put(out, *grant);
    out += '\n';
  }
  return out;
}

Result<std::vector<Grant>> grants_of_record(std::string_view record) {
  std::vector<Grant> grants;
  while (!record.empty()) {
    const std::string_view line = record.substr(0, record.find('\n'));
    record.remove_prefix(std::min(record.size(), line.size() + 1));
    const Json json = Json::parse(line, nullptr, false);
    auto grant = json.is_object() ? grant_in(json) : std::nullopt;
    if (!grant) return Error{EPROTO, "not a record of answers"};
    grants.push_back(std::move(*grant));
  }
  return grants;
}

}  // namespace gatehouse::approvals
