// SPDX-License-Identifier: Apache-2.0
// Where Gatehouse itself is on a host: what it makes there, and what its own rules keep sessions away from.
// It must never name a place that a configuration has moved.
#pragma once

namespace gatehouse {

inline constexpr const char* kRunDirectory = "/run/gatehouse";
inline constexpr const char* kConfigDirectory = "/etc/gatehouse";
inline constexpr const char* kStateDirectory =
    "/var/lib/gatehouse";  // unless the daemon is told otherwise
inline constexpr const char* kPinRoot = "/sys/fs/bpf/gatehouse";

}  // namespace gatehouse
