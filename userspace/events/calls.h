// SPDX-License-Identifier: Apache-2.0
// Which tool call a process belongs to, as its agent told by its hooks: what the agent starts while exactly one of
// its calls is open. It must never tell a guess as a fact, nor join what another process or session started.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/event.h"

namespace gatehouse::events {

// All of it the agent's own word.
struct Call {
  std::string id, conversation;
  std::string subagent, tool;  // may be empty
  bool operator==(const Call&) const = default;
};

// What is wrong with its form, as a sentence; "": nothing.
std::string fault_of(const Call& call);
// As members of `claimed`: tool_call_id, conversation_id, subagent_id, tool_name.
Labels claims_of(const Call& call);
// What the process claims of calls from now on.
void set_call(Process& process, const Call& call);
// As a process claims it; without an id: none, or one of several.
Call call_of(const Process& process);
// The several that it can belong to, where that is all that is known.
std::vector<std::string> candidates_of(const Process& process);
// "call X", "call X or Y" or "".
std::string call_text(const Process& process);
// Does it name this call, or can it belong to it?
bool names_call(const Process& process, std::string_view id);

// The process that a hook program is a child of.
struct AgentKey {
  std::uint64_t session = 0;  // serial
  std::uint32_t pid = 0;
  std::uint64_t start = 0;
  bool operator==(const AgentKey&) const = default;
};

class Calls {
 public:
  static constexpr std::size_t kMostOpen = 64;        // of one session
  static constexpr std::size_t kMostCandidates = 8;   // are all named, or none is
  static constexpr std::int64_t kMostAtOnce = 256;    // requests of one session, and then
  static constexpr std::int64_t kApart = 50'000'000;  // ns between two

  // Counts a request of this session. False: they come too fast. `now`: ns since 1970.
  bool may_tell(std::uint64_t session, std::int64_t now);
  // "": it is open from `now` on; else why not.
  std::string begin(const AgentKey& agent, const Call& call, std::int64_t now);
  // The call as it began; nothing: no such call is open.
  std::optional<Call> end(const AgentKey& agent, const std::string& id);
  // Of this part of the conversation none can be open any more: those whose end was never told.
  std::vector<Call> over(const AgentKey& agent, const Call& part);
  // The agent has ended: those that were open.
  std::vector<Call> ended(const AgentKey& agent);
  void forget(std::uint64_t session);

  // What a child that the agent starts at `time` claims: the call that it belongs to, or those that it can
  // belong to (`tool_call_candidates`). Empty: no call is open, or too many are.
  [[nodiscard]] Labels of_child(const AgentKey& agent, std::int64_t time) const;

 private:
  struct Open {
    AgentKey agent;
    Call call;
    std::int64_t since = 0;
  };
  struct Told {
    std::vector<Open> open;
    std::int64_t spent_until = 0;
  };
  template <typename Which>
  std::vector<Call> close(std::uint64_t session, Which which);

  std::map<std::uint64_t, Told> sessions_;
};

}  // namespace gatehouse::events
