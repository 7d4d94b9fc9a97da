// SPDX-License-Identifier: Apache-2.0
// Who is at the other end of a connection, by the kernel's word: process, user, cgroup. It must never
// take a process that ended for the one that now has its number.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace gatehouse::control {

struct Peer {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // beside that one, when it connected
  std::string comm;           // bytes; the process chose it itself
  std::string cgroup;         // path from the root of the v2 hierarchy: "/gatehouse/session-3"
  bool agent = true;          // inside a session, or not known not to be
};

// One peer for the life of its connection.
class PeerIdentity {
 public:
  static Result<PeerIdentity> of_socket(int socket);

  // Reads anew what can change. False: the process ended, and `peer` holds what was known before.
  bool refresh();
  [[nodiscard]] const Peer& peer() const { return peer_; }
  void set_agent(bool agent) { peer_.agent = agent; }

 private:
  Peer peer_;
  UniqueFd process_;  // pidfd
};

// The v2 entry of /proc/PID/cgroup; empty: there is none.
std::string cgroup_in(const std::string& proc_cgroup);

}  // namespace gatehouse::control
