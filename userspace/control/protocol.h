// SPDX-License-Identifier: Apache-2.0
// What is said over the control socket: one typed request per operation, replies, and their lines of
// JSON (docs/control.md). It must never take a member that it does not know, nor guess a missing one.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace gatehouse::control {

using Json = nlohmann::ordered_json;

inline constexpr int kVersion = 1;
inline constexpr std::size_t kMostLine = 1 << 20;    // bytes of one request, newline included
inline constexpr std::size_t kMostReply = 16 << 20;  // bytes of one reply: a list may be long
inline constexpr std::size_t kMostDepth = 16;        // nesting of one request
inline constexpr std::uint64_t kMostAbove = 8;       // generations
inline constexpr const char* kDefaultSocket = "/run/gatehouse/gatehouse.sock";

using Labels = std::vector<std::pair<std::string, std::string>>;

struct PolicyFile {
  std::string name;  // as the client calls it; the daemon never opens it
  std::string text;
  bool operator==(const PolicyFile&) const = default;
};
// Either the name of an installed policy, or the policy's text followed by all that it extends.
struct PolicySource {
  std::string name;
  std::vector<PolicyFile> files;
  bool operator==(const PolicySource&) const = default;
};

// `session` is a session's id or name.
struct Status {
  bool operator==(const Status&) const = default;
};
struct Sessions {
  bool operator==(const Sessions&) const = default;
};
struct Pause {
  std::string session;
  bool operator==(const Pause&) const = default;
};
struct Resume {
  std::string session;
  bool operator==(const Resume&) const = default;
};
struct Kill {
  std::string session;
  bool operator==(const Kill&) const = default;
};
struct ApprovalsList {
  std::string session;  // empty: all
  bool operator==(const ApprovalsList&) const = default;
};
struct ApprovalsWatch {  // streams
  std::string session;
  bool operator==(const ApprovalsWatch&) const = default;
};
enum class Scope { once, process, session };
struct ApprovalsAnswer {
  std::uint64_t id = 0;
  bool allow = false;
  std::optional<Scope> scope;  // absent: the daemon's default
  std::uint64_t for_ms = 0;    // 0: as long as the scope
  std::string message;
  std::string pattern{};  // broader than the object: for all that it matches
  bool operator==(const ApprovalsAnswer&) const = default;
};
// What an answer would mean; nothing is answered.
struct ApprovalsPreview {
  std::uint64_t id = 0;
  bool allow = true;
  std::string pattern;  // empty: for the object itself
  bool operator==(const ApprovalsPreview&) const = default;
};
struct ApprovalsGrants {
  std::string session;  // empty: all
  bool operator==(const ApprovalsGrants&) const = default;
};
struct ApprovalsRevoke {
  std::uint64_t id = 0;  // of a grant
  bool operator==(const ApprovalsRevoke&) const = default;
};
struct EventsFollow {  // streams
  std::string session;
  std::uint64_t backlog = 0;  // how many recent events first
  bool follow = true;         // false: ends after the backlog
  bool operator==(const EventsFollow&) const = default;
};
enum class OnAsk { prompt, deny, wait };
// A descriptor may come along: a pidfd of the process to confine; without one `pid` says which.
struct RunPrepare {
  PolicySource policy;
  std::string workspace;
  std::string name;
  Labels labels;
  OnAsk on_ask = OnAsk::wait;
  std::vector<std::string> argv;  // for people
  std::uint32_t pid = 0;          // 0: nobody yet
  bool operator==(const RunPrepare&) const = default;
};
// A descriptor may come along: the cgroup's directory; without one `cgroup` says which.
struct Attach {
  std::string cgroup;
  PolicySource policy;
  std::string workspace;
  std::string name;
  Labels labels;
  bool operator==(const Attach&) const = default;
};
struct Detach {
  std::string session;
  bool operator==(const Detach&) const = default;
};
struct ReplacePolicy {
  std::string session;
  PolicySource policy;
  bool operator==(const ReplacePolicy&) const = default;
};
struct Why {
  std::string session;  // empty: an agent's own
  bool last = false;    // the last denial; else access and object
  std::string access;
  std::string object;
  std::uint64_t within_ms = 0;              // with `last`: no older; 0: however old
  std::vector<std::string> arguments = {};  // access exec: of the program `object`
  bool operator==(const Why&) const = default;
};

// What an agent says of its own tool calls.
struct ToolCall {
  // over: no call of this part of the conversation is open any more
  enum class Phase { begin, end, over };
  Phase phase = Phase::begin;
  std::string id;  // empty with `over`, and only then
  std::string conversation;
  std::string subagent = {}, tool = {};
  std::uint64_t above = 1;  // how many generations above the peer the agent is
  bool operator==(const ToolCall&) const = default;
};

using Operation =
    std::variant<Status, Sessions, Pause, Resume, Kill, ApprovalsList, ApprovalsWatch,
                 ApprovalsAnswer, ApprovalsPreview, ApprovalsGrants, ApprovalsRevoke, EventsFollow,
                 RunPrepare, Attach, Detach, ReplacePolicy, Why, ToolCall>;

// Why something was not done, for the person who asked for it.
struct Refusal {
  std::string message;
  std::string hint;       // may be empty
  Json diagnostics = {};  // findings in a policy; may be null
};

std::string_view op_word(const Operation& operation);
// begin, end or over; any other word means nothing.
std::string_view phase_word(ToolCall::Phase phase);
std::optional<ToolCall::Phase> phase_of(std::string_view word);
// What a process inside a session may ask for; all else is refused before any handler sees it.
bool agents_may(const Operation& operation);
// Do items come before the result?
bool streams(const Operation& operation);

// Without the newline, as are all lines here.
std::variant<Operation, Refusal> parse_request(std::string_view line);
std::string request_line(const Operation& operation);

struct Reply {
  enum class Kind { result, item, refused };
  Kind kind = Kind::refused;
  Json value;       // result, item
  std::string raw;  // item: the text itself, as the daemon wrote it
  Refusal refusal;
};
std::string result_line(const Json& result);
std::string item_line(std::string_view json);  // `json`: one object, taken as it is
std::string refusal_line(const Refusal& refusal);
std::variant<Reply, Refusal> parse_reply(std::string_view line);

}  // namespace gatehouse::control
