// SPDX-License-Identifier: Apache-2.0
// Network rules: addresses, ports, protocols, and the text of endpoints. It must never open a socket.
#include <arpa/inet.h>

#include "unit/tables/asking.h"

namespace gatehouse::tables {
namespace {

policy::Cidr cidr(const std::string& address, unsigned prefix) {
  policy::Cidr out;
  out.v6 = address.find(':') != std::string::npos;
  out.prefix = static_cast<std::uint8_t>(prefix);
  inet_pton(out.v6 ? AF_INET6 : AF_INET, address.c_str(), out.address);
  return out;
}

policy::NetRule net_rule(std::string id, Action action, std::vector<policy::Cidr> cidrs,
                         std::vector<policy::PortRange> ports = {}) {
  policy::NetRule rule;
  rule.pointer = "/network/rules/" + id;
  rule.id = std::move(id);
  rule.action = action;
  rule.access = 0x1f;
  rule.cidrs = std::move(cidrs);
  rule.ports = std::move(ports);
  return rule;
}

Tables network(std::vector<policy::NetRule> rules) {
  policy::Layer layer;
  layer.network.emplace().rules = std::move(rules);
  return must_compile(policy_of({layer}));
}

std::string ask(const Tables& tables, const std::string& endpoint, int protocol = GH_PROTO_TCP,
                gh_access access = GH_CONNECT) {
  const auto key = parse_endpoint(protocol, endpoint);
  if (!key) return "not an endpoint";
  return answer(tables, evaluate_endpoint(tables, *key, access));
}

TEST(Endpoints, AddressRangesAndPortRangesBothMustMatch) {
  const auto t = network({net_rule("local", Action::allow, {cidr("127.0.0.0", 8), cidr("::1", 128)},
                                   {{3000, 3000}, {8000, 8999}})});
  for (const char* yes : {"127.0.0.1:3000", "127.255.1.2:8000", "127.0.0.1:8999", "[::1]:8500"})
    EXPECT_EQ(ask(t, yes), "allow local") << yes;
  for (const char* no : {"127.0.0.1:3001", "127.0.0.1:7999", "127.0.0.1:9000", "128.0.0.1:3000",
                         "[::2]:3000", "[::1]:1"})
    EXPECT_EQ(ask(t, no), "deny -") << no;
}

TEST(Endpoints, PrefixesNeedNotEndAtAByte) {
  const auto t =
      network({net_rule("r", Action::allow, {cidr("172.16.0.0", 12), cidr("fd80::", 9)})});
  EXPECT_EQ(ask(t, "172.16.0.0:1"), "allow r");
  EXPECT_EQ(ask(t, "172.31.255.255:1"), "allow r");
  EXPECT_EQ(ask(t, "172.32.0.0:1"), "deny -");
  EXPECT_EQ(ask(t, "172.15.255.255:1"), "deny -");
  EXPECT_EQ(ask(t, "[fdff::1]:1"), "allow r");
  EXPECT_EQ(ask(t, "[fd00::1]:1"), "deny -");
}

TEST(Endpoints, EmptyListMeansAnyAddressAndZeroSlashZeroOnlyIPv4) {
  const auto any = network({net_rule("r", Action::allow, {}, {{443, 443}})});
  EXPECT_EQ(ask(any, "1.2.3.4:443"), "allow r");
  EXPECT_EQ(ask(any, "[2001:db8::1]:443"), "allow r");
  const auto v4 = network({net_rule("r", Action::allow, {cidr("0.0.0.0", 0)})});
  EXPECT_EQ(ask(v4, "1.2.3.4:443"), "allow r");
  EXPECT_EQ(ask(v4, "[2001:db8::1]:443"), "deny -");
}

TEST(Endpoints, StrictestRuleWinsInsideALargerRange) {
  const auto t = network({net_rule("net", Action::allow, {cidr("10.0.0.0", 8)}),
                          net_rule("host", Action::deny, {cidr("10.1.2.3", 32)}, {{22, 22}}),
                          net_rule("sub", Action::ask, {cidr("10.1.0.0", 16)})});
  EXPECT_EQ(ask(t, "10.2.0.1:22"), "allow net");
  EXPECT_EQ(ask(t, "10.1.2.3:22"), "deny host");
  EXPECT_EQ(ask(t, "10.1.2.3:23"), "ask sub");
}

TEST(Endpoints, ProtocolsWithoutPortsMatchOnlyRulesWithoutPorts) {
  auto web = net_rule("web", Action::allow, {}, {{0, 65535}});
  const auto ported = network({web});
  EXPECT_EQ(ask(ported, "1.2.3.4:0", GH_PROTO_UDP), "allow web");
  EXPECT_EQ(ask(ported, "1.2.3.4", GH_PROTO_ICMP), "deny -");
  auto ping = net_rule("ping", Action::allow, {});
  ping.protocols = 1 << GH_PROTO_ICMP;
  const auto t = network({ping});
  EXPECT_EQ(ask(t, "1.2.3.4", GH_PROTO_ICMP), "allow ping");
  EXPECT_EQ(ask(t, "1.2.3.4:80"), "deny -");
  EXPECT_EQ(ask(t, "1.2.3.4", GH_PROTO_OTHER), "deny -");
}

TEST(Endpoints, AccessesAreJudgedByThemselves) {
  auto rule = net_rule("in", Action::allow, {});
  rule.access = policy::access_bit(GH_BIND) | policy::access_bit(GH_LISTEN);
  const auto t = network({rule});
  EXPECT_EQ(ask(t, "0.0.0.0:80", GH_PROTO_TCP, GH_LISTEN), "allow in");
  EXPECT_EQ(ask(t, "0.0.0.0:80", GH_PROTO_TCP, GH_CONNECT), "deny -");
}

TEST(Endpoints, MappedAddressesAreIPv4) {
  const auto t = network({net_rule("r", Action::allow, {cidr("10.0.0.0", 8)})});
  EXPECT_EQ(ask(t, "[::ffff:10.1.1.1]:80"), "allow r");
  EXPECT_EQ(endpoint_text(*parse_endpoint(GH_PROTO_TCP, "[::ffff:10.1.1.1]:80")),
            "tcp 10.1.1.1:80");
}

TEST(Endpoints, TextAndKeyGoBothWays) {
  EXPECT_EQ(endpoint_text(*parse_endpoint(GH_PROTO_TCP, "1.2.3.4:443")), "tcp 1.2.3.4:443");
  EXPECT_EQ(endpoint_text(*parse_endpoint(GH_PROTO_UDP, "[2001:db8::1]:53")),
            "udp [2001:db8::1]:53");
  EXPECT_EQ(endpoint_text(*parse_endpoint(GH_PROTO_ICMP, "1.2.3.4")), "icmp 1.2.3.4");
  EXPECT_EQ(parse_endpoint(GH_PROTO_TCP, "1.2.3.4:443")->size(), std::size_t{GH_ENDPOINT_V4_BYTES});
  EXPECT_EQ(parse_endpoint(GH_PROTO_TCP, "[::1]:443")->size(), std::size_t{GH_ENDPOINT_V6_BYTES});
  for (const char* bad : {"", "1.2.3.4", "1.2.3:4", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1",
                          "[::1:2", "::1:2", "[1.2.3.4]:5", "host:80", "1.2.3.4:80x", "[::1]80"})
    EXPECT_FALSE(parse_endpoint(GH_PROTO_TCP, bad)) << bad;
  EXPECT_EQ(endpoint_text("short"), "?");
  EXPECT_EQ(endpoint_text(""), "?");
}

TEST(Endpoints, FourThousandRangesWithPortsStaySmall) {
  std::vector<policy::NetRule> rules(
      1, net_rule("list", Action::allow, {}, {{443, 443}, {8000, 8999}}));
  for (unsigned i = 0; i < 4096; ++i)
    rules[0].cidrs.push_back(
        cidr("10." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ".0", 20 + i % 13));
  const auto t = network(rules);
  EXPECT_LT(t.states.size(), 20000u);
  EXPECT_LT(t.transitions.size(), 50000u);
}

}  // namespace
}  // namespace gatehouse::tables
