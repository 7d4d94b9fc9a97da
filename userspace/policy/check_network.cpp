// SPDX-License-Identifier: Apache-2.0
// Network rules that can never matter, and prefixes that leave the other address family open. It must
// never take a rule for covered unless one single rule covers each of its prefixes.
#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "base/quote.h"
#include "policy/check_parts.h"
#include "policy/words.h"

namespace gatehouse::policy {
namespace {

constexpr unsigned kPortProtocols = 1u << GH_PROTO_TCP | 1u << GH_PROTO_UDP;
constexpr unsigned kTcp = 1u << GH_PROTO_TCP;

// Rules with ports speak only of protocols that have some.
unsigned protocols_of(const NetRule& rule) {
  return rule.ports.empty() ? rule.protocols : rule.protocols & kPortProtocols;
}

bool covers_ports(const NetRule& other, const NetRule& rule) {
  if (other.ports.empty()) return true;
  if (rule.ports.empty() || rule.ports.size() * other.ports.size() > 4096) return false;
  return std::all_of(rule.ports.begin(), rule.ports.end(), [&](const PortRange& mine) {
    return std::any_of(other.ports.begin(), other.ports.end(), [&](const PortRange& theirs) {
      return theirs.first <= mine.first && mine.last <= theirs.last;
    });
  });
}

// The network as a key: family, length and address bytes.
std::string key_of(const Cidr& cidr, unsigned prefix) {
  std::string key(18, '\0');
  key[0] = cidr.v6 ? 6 : 4;
  key[1] = static_cast<char>(prefix);
  for (unsigned i = 0; i < 16 && i * 8 < prefix; ++i) {
    const unsigned kept = std::min(8u, prefix - i * 8);
    key[2 + i] = static_cast<char>(cidr.address[i] & (0xff00u >> kept));
  }
  return key;
}

class NetRules {
 public:
  NetRules(const Network& network, Report& report) : network_(network), report_(report) {
    for (std::size_t r = 0; r < network.rules.size(); ++r) {
      const NetRule& rule = network.rules[r];
      if (rule.cidrs.empty() && anywhere_.size() < kMaxCandidates) anywhere_.push_back(r);
      for (const Cidr& cidr : rule.cidrs) {
        lengths_[cidr.v6 ? 1 : 0][cidr.prefix] = true;
        auto& list = by_network_[key_of(cidr, cidr.prefix)];
        if (list.size() < kMaxCandidates) list.push_back(r);
      }
    }
  }

  void check(std::size_t number) {
    const NetRule& rule = network_.rules[number];
    check_covered(number);
    check_family(rule);
    if ((protocols_of(rule) & kTcp) == 0 && (rule.access & ~kStreamAccesses) == 0) {
      report_.warning(
          rule.pointer + "/access",
          "the rule " + quote(rule.id) + " can never apply: only tcp listens and accepts",
          R"(use "bind" for what receives datagrams)");
    }
  }

 private:
  [[nodiscard]] bool covers(std::size_t other, std::size_t number) const {
    const NetRule& theirs = network_.rules[other];
    const NetRule& mine = network_.rules[number];
    return other != number && outranks(theirs, other, mine, number) &&
           (mine.access & ~theirs.access) == 0 &&
           (protocols_of(mine) & ~protocols_of(theirs)) == 0 && covers_ports(theirs, mine);
  }

  [[nodiscard]] std::optional<std::size_t> covering(std::size_t number, const Cidr* cidr) const {
    for (const std::size_t other : anywhere_)
      if (covers(other, number)) return other;
    if (!cidr) return std::nullopt;
    for (unsigned prefix = 0; prefix <= cidr->prefix; ++prefix) {
      if (!lengths_[cidr->v6 ? 1 : 0][prefix]) continue;
      const auto list = by_network_.find(key_of(*cidr, prefix));
      if (list == by_network_.end()) continue;
      for (const std::size_t other : list->second)
        if (covers(other, number)) return other;
    }
    return std::nullopt;
  }

  void check_covered(std::size_t number) {
    const NetRule& rule = network_.rules[number];
    std::optional<std::size_t> other;
    if (rule.cidrs.empty()) other = covering(number, nullptr);
    for (const Cidr& cidr : rule.cidrs) {
      other = covering(number, &cidr);
      if (!other) return;
    }
    if (!other) return;
    const NetRule& wins = network_.rules[*other];
    report_.warning(
        rule.pointer,
        "the rule " + quote(rule.id) + " can never matter: the rule " + quote(wins.id) + " (" +
            name_of(wins.action) + ") covers it, and the strictest wins in any order",
        wins.action == rule.action ? "remove it" : "narrow " + quote(wins.id) + ", or remove it");
  }

  [[nodiscard]] bool speaks_of_all(const Cidr& family, Action at_least) const {
    const auto strict = [&](std::size_t r) { return network_.rules[r].action >= at_least; };
    if (std::any_of(anywhere_.begin(), anywhere_.end(), strict)) return true;
    const auto list = by_network_.find(key_of(family, 0));
    return list != by_network_.end() &&
           std::any_of(list->second.begin(), list->second.end(), strict);
  }

  void check_family(const NetRule& rule) {
    if (rule.action == Action::allow) return;
    bool looser = false;
    for (int column = 0; column < 8; ++column)
      looser = looser || ((rule.access & (1u << column)) != 0 &&
                          network_.defaults.column[column] < rule.action);
    if (!looser) return;
    for (const bool v6 : {false, true}) {
      const bool named = std::any_of(rule.cidrs.begin(), rule.cidrs.end(), [&](const Cidr& cidr) {
        return cidr.prefix == 0 && cidr.v6 == v6;
      });
      Cidr other;
      other.v6 = !v6;
      if (!named || speaks_of_all(other, rule.action)) continue;
      report_.warning(
          rule.pointer + "/cidrs",
          std::string(v6 ? "::/0 does not cover IPv4" : "0.0.0.0/0 does not cover IPv6") +
              ", and the default is looser than the rule " + quote(rule.id),
          R"(leave "cidrs" out for any address)");
      return;
    }
  }

  const Network& network_;
  Report& report_;
  std::vector<std::size_t> anywhere_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_network_;
  bool lengths_[2][129] = {};
};

}  // namespace

void check_net_rules(const Network& network, Report& report) {
  NetRules checks(network, report);
  for (std::size_t r = 0; r < network.rules.size(); ++r) {
    checks.check(r);
    warn_if_default_allows(network.rules[r], network.rules[r].access, network.defaults, report);
  }
}

}  // namespace gatehouse::policy
