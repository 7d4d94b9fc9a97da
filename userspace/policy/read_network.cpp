// SPDX-License-Identifier: Apache-2.0
// The network section. It must never read an empty or misunderstood list as "any address": that would
// turn a narrow allow into a wide one.
#include "base/quote.h"
#include "policy/endpoint.h"
#include "policy/sections.h"

namespace gatehouse::policy {
namespace {

void report_problem(const Problem& problem, const std::string& at, Report& report) {
  report.error(at, problem.message, problem.hint);
}

std::vector<Cidr> read_cidrs(const Fields& fields) {
  std::vector<Cidr> out;
  fields.each("cidrs", false, [&](const Value& value, const std::string& at) {
    const auto* text = string_at(value, at, fields.report());
    if (!text) return;
    const auto parsed = parse_cidr(*text);
    if (const auto* cidr = std::get_if<Cidr>(&parsed)) {
      out.push_back(*cidr);
    } else {
      report_problem(std::get<Problem>(parsed), at, fields.report());
    }
  });
  return out;
}

std::vector<PortRange> read_ports(const Fields& fields) {
  std::vector<PortRange> out;
  fields.each("ports", false, [&](const Value& value, const std::string& at) {
    if (const auto* port = value.integer()) {
      if (*port >= 0 && *port <= 65535) {
        const auto p = static_cast<std::uint16_t>(*port);
        out.push_back({p, p});
      } else {
        fields.report().error(at, show(value) + " is not a port", "ports are 0 to 65535");
      }
      return;
    }
    const auto* text = value.string();
    if (!text) {
      fields.report().error(at, show(value) + " is not a port", R"(write 443 or "8000-8999")");
      return;
    }
    const auto parsed = parse_port_range(*text);
    if (const auto* range = std::get_if<PortRange>(&parsed)) {
      out.push_back(*range);
    } else {
      report_problem(std::get<Problem>(parsed), at, fields.report());
    }
  });
  return out;
}

std::uint8_t read_protocols(const Fields& fields) {
  if (!fields.find("protocol")) return NetRule{}.protocols;
  unsigned out = 0;
  fields.each("protocol", true, [&](const Value& value, const std::string& at) {
    const auto word = word_at(value, at, protocol_words(), fields.report());
    if (!word) return;
    if (const auto protocol = protocol_of(*word)) out |= 1u << *protocol;
  });
  return static_cast<std::uint8_t>(out);
}

AccessSet read_access(const Fields& fields, std::uint8_t protocols) {
  if (!fields.find("access")) {
    const bool streams = (protocols & (1u << GH_PROTO_TCP)) != 0;
    return streams ? kAllNetAccesses : static_cast<AccessSet>(kAllNetAccesses & ~kStreamAccesses);
  }
  unsigned out = 0;
  fields.each("access", true, [&](const Value& value, const std::string& at) {
    const auto word = word_at(value, at, net_access_words(), fields.report());
    if (!word) return;
    if (const auto access = net_access_of(*word)) out |= access_bit(*access);
  });
  return static_cast<AccessSet>(out);
}

}  // namespace

void read_net_objects(const Fields& fields, NetRule& rule) {
  rule.protocols = read_protocols(fields);
  rule.access = read_access(fields, rule.protocols);
  rule.cidrs = read_cidrs(fields);
  rule.ports = read_ports(fields);
}

Network read_network(const Value& value, const std::string& at, Report& report) {
  static const std::vector<Key> section_keys = {{"default"}, {"rules"}, {"unix_sockets"}};
  static const std::vector<Key> rule_keys = {
      {"id"},    {"action"}, {"reason"},
      {"log"},   {"access"}, {"protocol"},
      {"cidrs"}, {"ports"},  {"domains", "rules on names come in a later version; use \"cidrs\""}};
  Network out;
  const Fields section(value, at, section_keys, report);
  out.defaults = read_defaults(section, 1);
  if (const auto* rules = rules_of(section)) {
    for (std::size_t i = 0; i < rules->size(); ++i) {
      const Fields fields((*rules)[i], child(section.at("rules"), i), rule_keys, report);
      NetRule& rule = out.rules.emplace_back();
      read_rule(fields, rule);
      read_net_objects(fields, rule);
    }
  }
  return out;
}

}  // namespace gatehouse::policy
