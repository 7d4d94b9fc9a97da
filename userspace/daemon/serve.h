// SPDX-License-Identifier: Apache-2.0
// The daemon: a controller with the control socket, until it is told to stop. It must never lift the gate
// while sessions live: stopped or killed, what is in force stays in force.
#pragma once

#include "base/result.h"
#include "daemon/config.h"

namespace gatehouse::daemon {

// Until SIGTERM or SIGINT. The error is what kept it from starting.
Result<void> serve(const DaemonConfig& config);

}  // namespace gatehouse::daemon
