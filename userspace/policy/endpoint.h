// SPDX-License-Identifier: Apache-2.0
// Addresses, prefixes, ports and durations as text. It must never resolve a name: what a rule means
// would then depend on the moment at which it was read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "policy/model.h"

namespace gatehouse::policy {

// What is wrong with a text, and what to do.
struct Problem {
  std::string message;
  std::string hint;
};
template <typename T>
using Parsed = std::variant<T, Problem>;

Parsed<Cidr> parse_cidr(std::string_view text);             // "10.0.0.0/8", "::1/128", "127.0.0.1"
Parsed<PortRange> parse_port_range(std::string_view text);  // "8000-8999"
Parsed<std::uint64_t> parse_duration(std::string_view text);  // "15m" → milliseconds

// Nothing when "1.2.3.4:443" or "[::1]:443" is well written.
std::optional<Problem> check_endpoint(std::string_view text);

std::string cidr_text(const Cidr& cidr);

}  // namespace gatehouse::policy
