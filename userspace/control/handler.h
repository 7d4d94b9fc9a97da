// SPDX-License-Identifier: Apache-2.0
// What the daemon does with a request. It must never trust what a peer says of itself where Peer says
// it by the kernel's word.
#pragma once

#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "control/peer.h"
#include "control/protocol.h"
#include "control/responder.h"

namespace gatehouse::control {

class Handler {
 public:
  Handler() = default;
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;
  virtual ~Handler() = default;

  // Does this cgroup lie in a session? Asked at each request of a peer.
  [[nodiscard]] virtual bool is_agent_cgroup(const std::string& cgroup) const = 0;

  // Agents come here only with what agents_may(); they must be shown nothing but their own session.
  virtual void handle(Operation operation, std::vector<UniqueFd> fds, const Peer& peer,
                      Responder responder) = 0;
};

}  // namespace gatehouse::control
