// SPDX-License-Identifier: Apache-2.0
// Tells systemd how the daemon is (sd_notify's protocol: a datagram to $NOTIFY_SOCKET). It must never fail
// the daemon: where nobody listens, nothing is said.
#pragma once

#include <string>

namespace gatehouse::daemon {

void notify(const std::string& state);  // "READY=1", "STOPPING=1", "STATUS=…"

}  // namespace gatehouse::daemon
