// SPDX-License-Identifier: Apache-2.0
// Endpoint keys from addresses and from text, and back. It must never make a key that the kernel
// would write differently: v4-mapped addresses are IPv4.
#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "tables/evaluate.h"

namespace gatehouse::tables {
namespace {

constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr const char* kNames[] = {"tcp", "udp", "icmp", "other"};

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

}  // namespace

std::string endpoint_key(int protocol, bool v6, const std::uint8_t* address, std::uint16_t port) {
  if (v6 && std::memcmp(address, kMapped, sizeof kMapped) == 0) {
    v6 = false;
    address += sizeof kMapped;
  }
  if (protocol != GH_PROTO_TCP && protocol != GH_PROTO_UDP) port = 0;
  std::string key(1, static_cast<char>(protocol | (v6 ? GH_PROTO_V6 : 0)));
  key.append(reinterpret_cast<const char*>(address), v6 ? 16 : 4);
  key += static_cast<char>(port >> 8);
  key += static_cast<char>(port & 0xff);
  return key;
}

std::optional<std::string> parse_endpoint(int protocol, std::string_view text) {
  const bool v6 = !text.empty() && text[0] == '[';
  const bool with_port = protocol == GH_PROTO_TCP || protocol == GH_PROTO_UDP;
  std::string host;
  std::string_view rest;
  if (v6) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    host = text.substr(1, close - 1);
    rest = text.substr(close + 1);
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    host = text.substr(0, colon);
    rest = text.substr(colon);
  }
  std::uint16_t port = 0;
  if (rest.empty()) {
    if (with_port) return std::nullopt;
  } else {
    const auto parsed = rest[0] == ':' ? parse_port(rest.substr(1)) : std::nullopt;
    if (!parsed) return std::nullopt;
    port = *parsed;
  }
  std::uint8_t address[16] = {};
  if (inet_pton(v6 ? AF_INET6 : AF_INET, host.c_str(), address) != 1) return std::nullopt;
  return endpoint_key(protocol, v6, address, port);
}

std::string endpoint_text(std::string_view key) {
  const bool v6 = !key.empty() && (key[0] & GH_PROTO_V6) != 0;
  const std::size_t size = v6 ? GH_ENDPOINT_V6_BYTES : GH_ENDPOINT_V4_BYTES;
  if (key.size() != size) return "?";
  char address[INET6_ADDRSTRLEN] = {};
  if (inet_ntop(v6 ? AF_INET6 : AF_INET, key.data() + 1, address, sizeof address) == nullptr)
    return "?";
  const int protocol = key[0] & 3;
  std::string text =
      std::string(kNames[protocol]) + " " + (v6 ? "[" : "") + address + (v6 ? "]" : "");
  if (protocol == GH_PROTO_TCP || protocol == GH_PROTO_UDP) {
    const auto high = static_cast<unsigned char>(key[size - 2]);
    const auto low = static_cast<unsigned char>(key[size - 1]);
    text += ":" + std::to_string(high << 8 | low);
  }
  return text;
}

}  // namespace gatehouse::tables
