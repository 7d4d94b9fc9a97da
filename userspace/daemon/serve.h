// SPDX-License-Identifier: Apache-2.0
// The daemon: a controller with the control socket, until it is told to stop. It must never lift the gate
// while sessions live: stopped or killed, what is in force stays in force.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace gatehouse::daemon {

struct DaemonConfig {
  std::string gate = "host";
  std::string socket;  // "": the default
  std::string group = "gatehouse";
  std::string approvers_group, readers_group;  // "": there are none
  std::string state;                           // "": the default
  std::vector<std::string> sinks;
  std::vector<std::string> mandatory;
};

// JSON with // comments. Errors name the file and the member.
Result<DaemonConfig> read_config(const std::string& path);

// Until SIGTERM or SIGINT. The error is what kept it from starting.
Result<void> serve(const DaemonConfig& config);

}  // namespace gatehouse::daemon
