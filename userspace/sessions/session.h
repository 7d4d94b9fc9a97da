// SPDX-License-Identifier: Apache-2.0
// What there is to know about one session, as plain values that outlive the controller.
// It must never hold a descriptor or anything else that a restart would make stale.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace gatehouse::sessions {

// One file that the policy was made of, as it was read: enough to compile the same tables again.
struct PolicySource {
  std::string file;
  std::string text;
};

struct Session {
  std::uint64_t serial = 0;
  std::string name;
  std::string gate;         // kernel::EnforcementOptions::name
  std::string cgroup_path;  // when it began
  std::uint64_t cgroup = 0;
  bool own_cgroup = true;  // made by us, to be removed at its end
  uid_t owner = 0;
  std::string workspace;                                       // absolute
  std::string home;                                            // of the owner
  std::vector<std::pair<std::string, std::string>> variables;  // further ${name}s of the policy
  std::vector<std::pair<std::string, std::string>> labels;
  std::int64_t started_ms = 0;  // CLOCK_REALTIME
  std::string boot;             // boot id: a record of another boot is of the past
  std::vector<std::string> command;
  bool deny_asks = false;    // --on-ask deny
  std::uint32_t leader = 0;  // pid of the command, whose end is the session's; 0: not known

  std::string policy_name;
  std::vector<PolicySource> sources;  // the policy's own file last
  std::uint64_t digest = 0;           // of the tables
  std::uint32_t generation = 0;
};

// The id (64 hexadecimal digits) in the name of a container's cgroup, as docker, podman, containerd and CRI-O
// name them; empty: it is none of theirs.
std::string container_of(const std::string& cgroup_path);

std::string to_json(const Session& session);
// EPROTO: not a record of ours.
Result<Session> from_json(const std::string& text);

// What a name may be in a cgroup path and on a command line: letters, digits, '.', '_', '-', 64 at most,
// no dot or dash first. Others are replaced; "" becomes "session".
std::string clean_name(const std::string& name);

// "<name>-<serial>": the session's cgroup.
std::string cgroup_name(const Session& session);

// /proc/sys/kernel/random/boot_id.
Result<std::string> boot_id();

}  // namespace gatehouse::sessions
