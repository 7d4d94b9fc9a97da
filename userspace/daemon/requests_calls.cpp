// SPDX-License-Identifier: Apache-2.0
// What agents tell of their tool calls. It must never take the word of a peer for who or where it is: the session is
// that of its cgroup, and the agent the process above it, as the kernel told of their forks.
#include "daemon/requests.h"
#include "events/time.h"

namespace gatehouse::daemon {

void Requests::serve(const control::ToolCall& op, const Call& call) {
  if (!call.peer.agent)
    return call.responder.refuse({"only a process in a session tells of tool calls", "", {}});
  const LiveSession* const live = own(call.peer);
  if (live == nullptr)
    return call.responder.refuse({"you are in no session of this controller", "", {}});
  const std::uint64_t serial = live->record.serial;
  const events::Call told{op.id, op.conversation, op.subagent, op.tool};
  if (const auto fault = events::fault_of(told); !fault.empty())
    return call.responder.refuse({fault, "", {}});
  auto& processes = controller_.processes();
  auto& calls = processes.calls();
  if (!calls.may_tell(serial, events::wall_now()))
    return call.responder.refuse({"this session tells of tool calls too fast", "", {}});
  controller_.tick();  // what was started before is told before, and not joined
  if (controller_.find(serial) != live)
    return call.responder.refuse({"the session is over", "", {}});
  const auto above = processes.above(static_cast<std::uint32_t>(call.peer.pid), op.above, serial);
  if (!above)
    return call.responder.refuse({"no process that many generations above is known in this session",
                                  "a hook program is a child of its agent",
                                  {}});
  const auto note = [&](const events::Call& one, events::ToolCall::Phase phase) {
    controller_.note_call(*live, above->process, one, {phase, above->child, above->child_start});
  };
  const events::AgentKey agent{serial, above->process.pid, above->process.start};
  std::uint64_t noted = 1;
  if (op.phase == control::ToolCall::Phase::begin) {
    if (const auto why = calls.begin(agent, told, events::wall_now()); !why.empty())
      return call.responder.refuse({why, "", {}});
    note(told, events::ToolCall::Phase::begin);
  } else if (op.phase == control::ToolCall::Phase::end) {
    const auto ended = calls.end(agent, op.id);
    if (!ended) return call.responder.refuse({"no such call is open", "", {}});
    note(*ended, events::ToolCall::Phase::end);
  } else {
    const auto lapsed = calls.over(agent, told);
    for (const auto& one : lapsed)
      note(one, events::ToolCall::Phase::lapsed);
    noted = lapsed.size();
  }
  call.responder.result({{"session", serial}, {"noted", noted}});
}

}  // namespace gatehouse::daemon
