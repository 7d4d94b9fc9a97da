// SPDX-License-Identifier: Apache-2.0
// Objects and groups of them as the text that people write in an answer. It must never make a pattern that
// matches another object than the one that it was made of, or does not match that.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/event.h"

namespace gatehouse::approvals {

struct EndpointPattern {
  std::string protocol;  // tcp, udp, icmp, other
  std::string cidr;
  std::optional<std::uint16_t> port;  // nothing: any
};

// "tcp 192.0.2.0/24:443", "[2001:db8::]/64:*"; without a protocol it is tcp.
std::optional<EndpointPattern> parse_endpoint_pattern(std::string_view text);
// "git push *", or a JSON list of words where one has a space. Nothing if there is no word.
std::optional<std::vector<std::string>> parse_command_pattern(const std::string& text);
std::string command_pattern(const std::vector<std::string>& words);
// Of an event's object.
std::optional<std::string> endpoint_key_of(const events::Object& object);

// A path as a glob that matches it alone.
std::string escaped(std::string_view path);
// What matches the object of the ask and nothing else.
std::string exact_pattern(const events::Judged& ask);

}  // namespace gatehouse::approvals
