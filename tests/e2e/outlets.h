// SPDX-License-Identifier: Apache-2.0
// Where the shared daemon of host.h sends its telemetry to, beside its file. Nothing but a test may listen or read there.
#pragma once

#include <cstdint>
#include <string>

#include "host.h"

namespace gatehouse::e2e {

// Of the VM's own loopback, where its OTLP sink sends to: nobody listens but while a test does.
inline constexpr std::uint16_t kOtlpPort = 43180;

// Of its metrics, beside its control socket.
inline std::string metrics_socket(const std::string& socket) { return socket + ".metrics"; }

}  // namespace gatehouse::e2e
