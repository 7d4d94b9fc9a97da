// SPDX-License-Identifier: Apache-2.0
// Where metrics are served: a unix socket, or a port of loopback. It must never open a door to other hosts.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace gatehouse::metrics {

// "unix:/run/gatehouse/metrics.sock", "127.0.0.1:9464", "[::1]:9464". A listening socket; the error says what is wrong
// with the address. A unix socket is its owner's and its group's.
Result<UniqueFd> listen_at(const std::string& address);

}  // namespace gatehouse::metrics
