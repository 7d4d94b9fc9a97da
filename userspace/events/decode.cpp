// SPDX-License-Identifier: Apache-2.0
// The checks and copies behind decode.h. It must never read the record by a pointer into it: the
// header is copied out first, and text is taken only after its length was checked.
#include "events/decode.h"

#include <cstring>
#include <string>
#include <string_view>

#include "events/endpoint.h"
#include "events/words.h"

namespace gatehouse::events {
namespace {

constexpr std::uint8_t kKnownFlags =
    GH_EVENT_AUDIT | GH_EVENT_CUT | GH_EVENT_RESTART | GH_EVENT_ENDPOINT;

Error malformed(const std::string& what) { return {EBADMSG, "malformed kernel event: " + what}; }

std::string up_to_nul(const char* text, std::size_t max) { return {text, ::strnlen(text, max)}; }

std::vector<std::string> split_argv(std::string_view bytes) {
  std::vector<std::string> argv;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\0');
    argv.emplace_back(bytes.substr(0, end));
    if (end == std::string_view::npos) break;
    bytes.remove_prefix(end + 1);
  }
  return argv;
}

Result<Object> object_of(const gh_event& raw, std::string_view text) {
  Object object;
  object.cut = (raw.flags & GH_EVENT_CUT) != 0;
  if (raw.access == GH_PRIVILEGE && raw.type == GH_EVENT_DECISION) {
    const auto privilege = privilege_of(raw.other);
    if (!privilege) return malformed("privilege " + std::to_string(raw.other) + " does not exist");
    object.text = privilege_word(*privilege);
    return object;
  }
  if ((raw.flags & GH_EVENT_ENDPOINT) == 0) {
    object.text = text;
    return object;
  }
  object.endpoint = parse_endpoint_key(text);
  if (!object.endpoint)
    return malformed("its endpoint key of " + std::to_string(text.size()) + " bytes is none");
  object.text = endpoint_text(*object.endpoint);
  return object;
}

AskKey key_of(const gh_event& raw) {
  return {{raw.object[0], raw.object[1]}, raw.thread_start, raw.syscall, raw.ask};
}

Result<Judged> judged(const gh_event& raw, std::string_view text, std::string_view argv,
                      const RuleNames& names) {
  Judged out;
  const auto access = access_of(raw.access);
  const auto verdict = verdict_of(raw.verdict);
  const auto reason = reason_of(raw.reason);
  if (!access) return malformed("access " + std::to_string(raw.access) + " does not exist");
  if (!verdict) return malformed("verdict " + std::to_string(raw.verdict) + " does not exist");
  if (!reason) return malformed("reason " + std::to_string(raw.reason) + " does not exist");
  out.access = *access;
  out.verdict = *verdict;
  out.reason = *reason;
  out.audit = (raw.flags & GH_EVENT_AUDIT) != 0;
  auto object = object_of(raw, text);
  if (!object) return object.take_error();
  out.object = std::move(*object);
  out.argv = split_argv(argv);
  if (raw.rule != GH_RULE_DEFAULT) {
    out.rule = names.lookup(raw.session, raw.generation, raw.rule).value_or(Rule{});
  }
  return out;
}

Result<Body> body_of(const gh_event& raw, std::string_view text, std::string_view argv,
                     const RuleNames& names) {
  switch (raw.type) {
    case GH_EVENT_DECISION: {
      auto request = judged(raw, text, argv, names);
      if (!request) return request.take_error();
      return Body(Decision{std::move(*request)});
    }
    case GH_EVENT_ASK: {
      auto request = judged(raw, text, argv, names);
      if (!request) return request.take_error();
      return Body(Ask{std::move(*request), key_of(raw), (raw.flags & GH_EVENT_RESTART) != 0, 0});
    }
    case GH_EVENT_ASK_GONE: {
      const auto access = access_of(raw.access);
      if (!access) return malformed("access " + std::to_string(raw.access) + " does not exist");
      return Body(AskGone{*access, key_of(raw)});
    }
    case GH_EVENT_FORK:
      return Body(Fork{raw.other, raw.object[0]});
    case GH_EVENT_EXEC: {
      auto program = object_of(raw, text);
      if (!program) return program.take_error();
      const bool cut = !argv.empty() && (argv.back() != '\0' || argv.size() >= GH_ARGV_BYTES);
      return Body(Exec{std::move(*program), split_argv(argv), cut});
    }
    case GH_EVENT_EXIT:
      return Body(Exit{static_cast<int>(static_cast<std::uint32_t>(raw.object[0]))});
    default:
      return malformed("type " + std::to_string(raw.type) + " does not exist");
  }
}

}  // namespace

Result<Event> decode(std::span<const unsigned char> record, const RuleNames& names,
                     std::int64_t wall_minus_boot) {
  gh_event raw;
  if (record.size() < sizeof raw) {
    return malformed("it has " + std::to_string(record.size()) + " bytes, fewer than its header");
  }
  std::memcpy(&raw, record.data(), sizeof raw);
  if (raw.text_len > GH_PATH_BYTES || raw.argv_len > GH_ARGV_BYTES) {
    return malformed("its text of " + std::to_string(raw.text_len) + " and argv of " +
                     std::to_string(raw.argv_len) + " bytes are past the limits");
  }
  if (record.size() - sizeof raw < std::size_t{raw.text_len} + raw.argv_len) {
    return malformed("it ends before its text and argv do");
  }
  if ((raw.flags & ~kKnownFlags) != 0) {
    return malformed("flags " + std::to_string(raw.flags) + " are not all known");
  }
  const std::string_view rest(reinterpret_cast<const char*>(record.data()) + sizeof raw,
                              record.size() - sizeof raw);

  auto body =
      body_of(raw, rest.substr(0, raw.text_len), rest.substr(raw.text_len, raw.argv_len), names);
  if (!body) return body.take_error();

  Event event;
  event.time = static_cast<std::int64_t>(raw.time + static_cast<std::uint64_t>(wall_minus_boot));
  event.origin = Origin{raw.seq, raw.cpu};
  event.session.serial = raw.session;
  if (auto known = names.session(raw.session)) {
    event.session.name = std::move(known->name);
    event.session.labels = std::move(known->labels);
  }
  event.policy = {raw.generation != 0 ? names.policy(raw.session, raw.generation) : std::string{},
                  raw.generation};
  event.process = {
      raw.pid, raw.tid, raw.ppid, raw.uid, raw.gid, raw.start, up_to_nul(raw.comm, sizeof raw.comm),
      {}};
  if (const auto* exec = std::get_if<Exec>(&*body)) event.process.exe = exec->program.text;
  event.body = std::move(*body);
  return event;
}

}  // namespace gatehouse::events
