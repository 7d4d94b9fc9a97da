// SPDX-License-Identifier: Apache-2.0
// Endpoints: hosts exactly, ports as far as they are the run's own choice. It must never widen an address: who
// is reached is what a reviewer looks for.
#include <algorithm>
#include <map>
#include <set>

#include "learning/rules.h"
#include "policy/words.h"
#include "tables/evaluate.h"

namespace gatehouse::learning {
namespace {

constexpr std::uint16_t kOwn = 1024, kEphemeral = 32768, kEphemeralEnd = 60999;
constexpr std::size_t kMany = 3;

struct Host {
  std::string protocol, address;
  auto operator<=>(const Host&) const = default;
};
using Port = std::pair<std::uint16_t, std::uint16_t>;  // first, last

bool is_here(const std::string& address) {
  return address.starts_with("127.") || address == "::1" || address == "0.0.0.0" || address == "::";
}

// Of this host's own servers, whose ports are drawn by lot or counted up.
std::set<Port> ports_of(const std::set<std::uint16_t>& seen, const std::string& address) {
  std::set<Port> out;
  const auto high = std::count_if(seen.begin(), seen.end(), [](auto port) { return port >= kOwn; });
  const bool here = is_here(address);
  for (const auto port : seen) {
    if (here && port >= kOwn && high > static_cast<std::ptrdiff_t>(kMany))
      out.insert({kOwn, 65535});
    else if (here && port >= kEphemeral && port <= kEphemeralEnd)
      out.insert({kEphemeral, kEphemeralEnd});
    else
      out.insert({port, port});
  }
  return out;
}

// "tcp 192.0.2.1:443" → its parts.
bool split(const std::string& text, Host& host, std::uint16_t& port) {
  const auto space = text.find(' ');
  if (space == std::string::npos) return false;
  host.protocol = text.substr(0, space);
  std::string rest = text.substr(space + 1);
  port = 0;
  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    if (end == std::string::npos) return false;
    if (end + 2 < rest.size()) port = static_cast<std::uint16_t>(std::stoul(rest.substr(end + 2)));
    host.address = rest.substr(1, end - 1);
    return true;
  }
  const auto colon = rest.rfind(':');
  if (colon != std::string::npos && rest.find(':') == colon) {
    port = static_cast<std::uint16_t>(std::stoul(rest.substr(colon + 1)));
    rest.resize(colon);
  }
  host.address = rest;
  return true;
}

}  // namespace

void net_rules(const std::vector<Needed>& all, Rules& out) {
  struct Sum {
    policy::AccessSet access = 0;
    std::uint64_t times = 0;
    bool ask = false;
  };
  std::map<std::pair<Host, std::uint16_t>, Sum> endpoints;
  for (const auto& one : all) {
    const auto& request = one.key->request;
    if (GH_ACCESS_CLASS(request.access) != 1) continue;
    Host host;
    std::uint16_t port = 0;
    // The key is what tables know; its text is ours, whatever the event's line said.
    if (!split(tables::endpoint_text(request.key), host, port)) continue;
    if (!policy::protocol_of(host.protocol)) {
      out.notes.push_back("no rule can name the protocol of " + request.object +
                          ": it is left out");
      continue;
    }
    auto& sum = endpoints[{host, port}];
    sum.access |= policy::access_bit(request.access);
    sum.times += one.used->times;
    sum.ask = sum.ask || one.ask;
  }
  // Who is spoken to alike stands together.
  struct Kinds {
    std::string protocol;
    policy::AccessSet access = 0;
    bool ask = false;
    std::set<Port> ports;
    auto operator<=>(const Kinds&) const = default;
  };
  std::map<std::tuple<Host, policy::AccessSet, bool>,
           std::pair<std::set<std::uint16_t>, std::uint64_t>>
      hosts;
  for (const auto& [endpoint, sum] : endpoints) {
    auto& host = hosts[{endpoint.first, sum.access, sum.ask}];
    host.first.insert(endpoint.second);
    host.second += sum.times;
  }
  std::map<Kinds, std::pair<std::vector<std::string>, std::uint64_t>> kinds;
  for (const auto& [key, host] : hosts) {
    const auto& [where, access, ask] = key;
    auto& kind = kinds[{where.protocol, access, ask, ports_of(host.first, where.address)}];
    kind.first.push_back(where.address);
    kind.second += host.second;
  }
  std::size_t number = 0;
  for (const auto& [kind, hosts_of_kind] : kinds) {
    Json body = {{"id", "learned-net-" + std::to_string(++number)},
                 {"action", kind.ask ? "ask" : "allow"},
                 {"access", net_accesses_json(kind.access)},
                 {"protocol", kind.protocol},
                 {"cidrs", Json::array()}};
    for (const auto& address : hosts_of_kind.first)
      body["cidrs"].push_back(address + (address.find(':') == std::string::npos ? "/32" : "/128"));
    if (kind.protocol != "icmp")
      for (const auto& [first, last] : kind.ports) {
        if (first == last)
          body["ports"].push_back(first);
        else
          body["ports"].push_back(std::to_string(first) + "-" + std::to_string(last));
      }
    Pattern total{"", hosts_of_kind.second, 1, kind.protocol + " " + hosts_of_kind.first.front()};
    out.network.push_back({std::move(body), comment_of(total, kind.ask)});
  }
}

}  // namespace gatehouse::learning
