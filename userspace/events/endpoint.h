// SPDX-License-Identifier: Apache-2.0
// The endpoint key of abi.h as the parts and the text that outputs show. It must never take a key
// whose length does not fit its family.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "events/event.h"

namespace gatehouse::events {

std::optional<Endpoint> parse_endpoint_key(std::string_view key);

// "tcp 192.0.2.1:443", "udp [2001:db8::1]:53", "icmp 192.0.2.1".
std::string endpoint_text(const Endpoint& endpoint);

}  // namespace gatehouse::events
