// SPDX-License-Identifier: Apache-2.0
// The small grammars behind pattern.h. They must never guess a part that is missing.
#include "approvals/pattern.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "approvals/meaning.h"
#include "tables/evaluate.h"

namespace gatehouse::approvals {
namespace {

constexpr std::string_view kSpecial = "*?[]{},~$\\";

std::optional<int> protocol_of(std::string_view word) {
  constexpr std::string_view kWords[] = {"tcp", "udp", "icmp", "other"};
  for (int i = 0; i < 4; ++i)
    if (word == kWords[i]) return i;
  return std::nullopt;
}

// "tcp rest" → tcp, rest.
std::string take_protocol(std::string_view& text) {
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) return "tcp";
  const std::string word(text.substr(0, space));
  text.remove_prefix(space + 1);
  return word;
}

bool has_ports(const std::string& protocol) { return protocol == "tcp" || protocol == "udp"; }

bool is_v6(const events::Endpoint& endpoint) {
  return endpoint.address.find(':') != std::string::npos;
}

std::string address_of(const events::Endpoint& endpoint) {
  return is_v6(endpoint) ? "[" + endpoint.address + "]" : endpoint.address;
}

// The /24 or /64 around it.
std::string network_of(const events::Endpoint& endpoint) {
  const int family = is_v6(endpoint) ? AF_INET6 : AF_INET;
  unsigned char bytes[16] = {};
  char text[INET6_ADDRSTRLEN] = {};
  if (inet_pton(family, endpoint.address.c_str(), bytes) != 1) return address_of(endpoint);
  std::fill(bytes + (family == AF_INET ? 3 : 8), bytes + 16, 0);
  inet_ntop(family, bytes, text, sizeof text);
  return family == AF_INET ? std::string(text) + "/24" : "[" + std::string(text) + "]/64";
}

}  // namespace

std::optional<EndpointPattern> parse_endpoint_pattern(std::string_view text) {
  EndpointPattern out;
  out.protocol = take_protocol(text);
  if (!protocol_of(out.protocol)) return std::nullopt;
  if (has_ports(out.protocol)) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || text.find(']', colon) != std::string_view::npos)
      return std::nullopt;
    const std::string_view port = text.substr(colon + 1);
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    const bool whole = error == std::errc{} && end == port.data() + port.size();
    if (port != "*" && !whole) return std::nullopt;
    if (whole) out.port = number;
    text = text.substr(0, colon);
  }
  for (const char c : text)
    if (c != '[' && c != ']') out.cidr += c;
  if (out.cidr.empty()) return std::nullopt;
  return out;
}

std::optional<std::vector<std::string>> parse_command_pattern(const std::string& text) {
  std::vector<std::string> words;
  if (text.starts_with('[')) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_array()) return std::nullopt;
    for (const auto& word : json) {
      if (!word.is_string()) return std::nullopt;
      words.push_back(word.get<std::string>());
    }
  } else {
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find(' ', at), text.size());
      if (end > at) words.push_back(text.substr(at, end - at));
      at = end + 1;
    }
  }
  if (words.empty()) return std::nullopt;
  return words;
}

std::string command_pattern(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words)
    line += (line.empty() ? "" : " ") + word;
  if (parse_command_pattern(line) == words) return line;
  return nlohmann::json(words).dump();
}

std::optional<std::string> endpoint_key_of(const events::Object& object) {
  std::string_view text = object.text;
  const auto protocol = protocol_of(take_protocol(text));
  return protocol ? tables::parse_endpoint(*protocol, text) : std::nullopt;
}

std::string escaped(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (kSpecial.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string exact_pattern(const events::Judged& ask) {
  if (ask.access == GH_PRIVILEGE || GH_ACCESS_CLASS(ask.access) == 1) return ask.object.text;
  if (ask.argv.empty()) return escaped(ask.object.text);
  std::vector<std::string> words = {escaped(ask.object.text)};
  for (std::size_t i = 1; i < ask.argv.size(); ++i)
    words.push_back(escaped(ask.argv[i]));
  return command_pattern(words);
}

std::vector<std::string> suggested_patterns(const events::Judged& ask) {
  std::vector<std::string> out;
  if (ask.access == GH_PRIVILEGE || ask.object.cut) return out;
  if (const auto& endpoint = ask.object.endpoint) {
    const std::string protocol = endpoint->protocol + " ";
    const std::string port =
        has_ports(endpoint->protocol) ? ":" + std::to_string(endpoint->port) : "";
    if (!port.empty()) out.push_back(protocol + address_of(*endpoint) + ":*");
    out.push_back(protocol + network_of(*endpoint) + port);
    return out;
  }
  if (!ask.argv.empty()) {  // what follows the words does not matter
    const std::string program = escaped(ask.object.text);
    const bool verb = ask.argv.size() > 1 && !ask.argv[1].empty() && ask.argv[1].front() != '-';
    if (verb) out.push_back(command_pattern({program, escaped(ask.argv[1])}));
    out.push_back(command_pattern({program}));
    return out;
  }
  const std::string& path = ask.object.text;
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos || path.front() != '/') return out;
  const std::string directory = escaped(path.substr(0, slash));
  const std::size_t dot = path.rfind('.');
  if (dot != std::string::npos && dot > slash + 1 && dot + 1 < path.size())
    out.push_back(directory + "/*" + escaped(path.substr(dot)));
  if (slash == 0) return out;  // everything is not a suggestion
  out.push_back(directory + "/*");
  out.push_back(directory + "/**");
  return out;
}

}  // namespace gatehouse::approvals
