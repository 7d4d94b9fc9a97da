// SPDX-License-Identifier: Apache-2.0
// The small grammars behind endpoint.h. They must never read a number in two ways: no leading zeros,
// signs, hexadecimal or short forms of addresses.
#include "policy/endpoint.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/quote.h"

namespace gatehouse::policy {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  constexpr std::size_t kMostDigits = 18;
  if (text.empty() || text.size() > kMostDigits || (text.size() > 1 && text[0] == '0'))
    return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Fills address and v6, prefix as long as the address.
std::optional<Cidr> parse_address(std::string_view text) {
  char copy[INET6_ADDRSTRLEN + 1] = {};
  if (text.size() >= sizeof copy || text.find('\0') != std::string_view::npos) return std::nullopt;
  text.copy(copy, text.size());
  Cidr out;
  if (inet_pton(AF_INET, copy, out.address) == 1) {
    out.prefix = 32;
    return out;
  }
  if (inet_pton(AF_INET6, copy, out.address) != 1) return std::nullopt;
  out.v6 = true;
  out.prefix = 128;
  return out;
}

// True if there was something to clear.
bool clear_host_bits(Cidr& cidr) {
  bool cleared = false;
  for (std::size_t i = 0; i < (cidr.v6 ? 16u : 4u); ++i) {
    const int kept = std::clamp(static_cast<int>(cidr.prefix) - static_cast<int>(8 * i), 0, 8);
    const auto mask = static_cast<std::uint8_t>(0xff00u >> kept);
    const auto masked = static_cast<std::uint8_t>(cidr.address[i] & mask);
    cleared = cleared || masked != cidr.address[i];
    cidr.address[i] = masked;
  }
  return cleared;
}

// ::ffff:a.b.c.d/96+n is a.b.c.d/n: the kernel side knows mapped addresses as IPv4 only.
void unmap(Cidr& cidr) {
  constexpr std::uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (!cidr.v6 || cidr.prefix < 96 || std::memcmp(cidr.address, mapped, sizeof mapped) != 0) return;
  std::memmove(cidr.address, cidr.address + 12, 4);
  std::memset(cidr.address + 4, 0, 12);
  cidr.v6 = false;
  cidr.prefix = static_cast<std::uint8_t>(cidr.prefix - 96);
}

bool is_port(std::optional<std::uint64_t> value) { return value && *value <= 65535; }

}  // namespace

Parsed<Cidr> parse_cidr(std::string_view text) {
  const auto slash = text.find('/');
  auto cidr = parse_address(text.substr(0, slash));
  if (!cidr) {
    const bool scoped = text.find('%') != std::string_view::npos;
    return Problem{quote(text) + " is not an address or network",
                   scoped ? "an interface (%…) cannot be named: leave it out"
                          : "write 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32"};
  }
  if (slash != std::string_view::npos) {
    const auto bits = number(text.substr(slash + 1));
    if (!bits || *bits > cidr->prefix) {
      return Problem{quote(text) + " has a prefix that is not 0 to " + std::to_string(cidr->prefix),
                     cidr->v6 ? "write 2001:db8::/32" : "write 10.0.0.0/8"};
    }
    cidr->prefix = static_cast<std::uint8_t>(*bits);
  }
  if (clear_host_bits(*cidr)) {
    return Problem{quote(text) + " has bits set after its prefix",
                   "write " + cidr_text(*cidr) + " for the network, or the address without /" +
                       std::to_string(cidr->prefix) + " for one host"};
  }
  unmap(*cidr);
  return *cidr;
}

std::string cidr_text(const Cidr& cidr) {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(cidr.v6 ? AF_INET6 : AF_INET, cidr.address, text, sizeof text);
  return std::string(text) + "/" + std::to_string(cidr.prefix);
}

Parsed<PortRange> parse_port_range(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) {
    if (is_port(number(text)))
      return Problem{quote(text) + " is a port in quotes", "write " + std::string(text)};
    return Problem{quote(text) + " is not a range of ports", R"(write 443 or "8000-8999")"};
  }
  const auto first = number(text.substr(0, dash));
  const auto last = number(text.substr(dash + 1));
  if (!is_port(first) || !is_port(last)) {
    return Problem{quote(text) + " is not a range of ports",
                   R"(write "8000-8999", each from 0 to 65535)"};
  }
  if (*first > *last) {
    return Problem{quote(text) + " is a range that ends before it starts",
                   "write \"" + std::to_string(*last) + "-" + std::to_string(*first) + "\""};
  }
  return PortRange{static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
}

Parsed<std::uint64_t> parse_duration(std::string_view text) {
  constexpr struct {
    char unit;
    std::uint64_t ms;
  } units[] = {{'s', 1000}, {'m', 60'000}, {'h', 3'600'000}, {'d', 86'400'000}};
  constexpr std::uint64_t kLongest = 30ull * 86'400'000;
  for (const auto& [unit, ms] : units) {
    if (!text.ends_with(unit)) continue;
    const auto count = number(text.substr(0, text.size() - 1));
    if (!count) break;
    if (*count == 0 || *count > kLongest / ms)
      return Problem{quote(text) + " is not between 1s and 30d", "leave it out for no limit"};
    return *count * ms;
  }
  return Problem{quote(text) + " is not a duration",
                 R"(write a whole number and s, m, h or d: "90s", "15m", "2h")"};
}

std::optional<Problem> check_endpoint(std::string_view text) {
  const Problem bad{quote(text) + " is not an address and port",
                    R"(write "192.0.2.7:443" or "[2001:db8::1]:443")"};
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || !is_port(number(text.substr(colon + 1)))) return bad;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = parse_address(host);
  if (!address || address->v6 != bracketed) return bad;
  return std::nullopt;
}

}  // namespace gatehouse::policy
