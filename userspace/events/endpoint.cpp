// SPDX-License-Identifier: Apache-2.0
// Bytes of an endpoint key → Endpoint → text. It must never resolve a name: the kernel saw an
// address.
#include "events/endpoint.h"

#include <arpa/inet.h>

namespace gatehouse::events {

std::optional<Endpoint> parse_endpoint_key(std::string_view key) {
  static constexpr const char* kProtocols[] = {"tcp", "udp", "icmp", "other"};
  if (key.empty()) return std::nullopt;
  const auto head = static_cast<unsigned char>(key[0]);
  const bool v6 = (head & GH_PROTO_V6) != 0;
  if (head > (GH_PROTO_V6 | GH_PROTO_OTHER)) return std::nullopt;
  if (key.size() != (v6 ? GH_ENDPOINT_V6_BYTES : GH_ENDPOINT_V4_BYTES)) return std::nullopt;

  char address[INET6_ADDRSTRLEN] = {};
  if (!::inet_ntop(v6 ? AF_INET6 : AF_INET, key.data() + 1, address, sizeof address)) {
    return std::nullopt;
  }
  const auto high = static_cast<unsigned char>(key[key.size() - 2]);
  const auto low = static_cast<unsigned char>(key[key.size() - 1]);
  return Endpoint{kProtocols[head & 3], address, static_cast<std::uint16_t>(high << 8 | low)};
}

std::string endpoint_text(const Endpoint& endpoint) {
  std::string text = endpoint.protocol + " ";
  const bool v6 = endpoint.address.find(':') != std::string::npos;
  const bool has_port =
      endpoint.protocol == "tcp" || endpoint.protocol == "udp" || endpoint.port != 0;
  text += v6 && has_port ? "[" + endpoint.address + "]" : endpoint.address;
  if (has_port) text += ":" + std::to_string(endpoint.port);
  return text;
}

}  // namespace gatehouse::events
