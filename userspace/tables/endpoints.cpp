// SPDX-License-Identifier: Apache-2.0
// One pattern per protocol group, address range and port group; a pattern ends where the rest of the
// key is free. It must never match a port where the protocol has none.
#include "tables/endpoints.h"

#include <algorithm>
#include <array>
#include <vector>

namespace gatehouse::tables {
namespace {

using Labels = std::vector<Label>;

Label one_of(const ByteSet& set, SetPool& sets) {
  if (set.all()) return kAnyByte;
  if (set.count() == 1) return static_cast<Label>(set._Find_first());
  return sets.intern(set);
}

ByteSet range(unsigned first, unsigned last) {
  ByteSet set;
  set.flip();
  return (set << first) & (set >> (255 - last));
}

// Low bytes that are open, per high byte.
std::array<ByteSet, 256> open_ports(const std::vector<policy::PortRange>& ports) {
  std::array<ByteSet, 256> out;
  for (const auto& r : ports)
    for (unsigned high = r.first >> 8; high <= static_cast<unsigned>(r.last >> 8); ++high) {
      const unsigned first = high == r.first >> 8 ? r.first & 0xffu : 0;
      const unsigned last = high == r.last >> 8 ? r.last & 0xffu : 255;
      if (!out[high].all()) out[high] |= range(first, last);
    }
  return out;
}

// Tails for a set of ports: high byte, low byte; high bytes with the same low bytes share a tail.
std::vector<Labels> port_tails(const std::vector<policy::PortRange>& ports, SetPool& sets) {
  const auto open = open_ports(ports);
  std::vector<std::pair<ByteSet, ByteSet>> groups;  // low bytes, high bytes
  for (unsigned high = 0; high < 256; ++high) {
    const ByteSet& low = open[high];
    if (low.none()) continue;
    const auto same = std::find_if(groups.begin(), groups.end(),
                                   [&](const auto& group) { return group.first == low; });
    if (same != groups.end()) {
      same->second.set(high);
    } else {
      groups.emplace_back(low, ByteSet{}.set(high));
    }
  }
  std::vector<Labels> out;
  for (const auto& [low, high] : groups) {
    Labels tail{one_of(high, sets)};
    if (!low.all()) tail.push_back(one_of(low, sets));
    tail.push_back(kTail);
    out.push_back(std::move(tail));
  }
  return out;
}

// The address bytes that a prefix fixes; `whole` adds the free ones too.
Labels address(const policy::Cidr& cidr, bool whole, SetPool& sets) {
  Labels out;
  const unsigned bytes = cidr.v6 ? 16 : 4;
  const unsigned prefix = std::min<unsigned>(cidr.prefix, bytes * 8);
  unsigned i = 0;
  for (; i < prefix / 8; ++i)
    out.push_back(cidr.address[i]);
  if (prefix % 8 != 0) {
    const unsigned free = (1u << (8 - prefix % 8)) - 1;
    const unsigned low = cidr.address[i] & ~free;
    out.push_back(one_of(range(low, low | free), sets));
    ++i;
  }
  if (whole) out.insert(out.end(), bytes - i, kAnyByte);
  return out;
}

}  // namespace

bool add_endpoints(const policy::NetRule& rule, Mark mark, SetPool& sets, PatternList& patterns,
                   std::size_t max_labels) {
  const bool all_ports = rule.ports.empty() ||
                         std::any_of(rule.ports.begin(), rule.ports.end(),
                                     [](const auto& r) { return r.first == 0 && r.last == 65535; });
  unsigned protocols = rule.protocols & 0x0fu;
  if (!rule.ports.empty()) protocols &= 1u << GH_PROTO_TCP | 1u << GH_PROTO_UDP;
  if (protocols == 0) return true;
  const std::vector<Labels> tails =
      all_ports ? std::vector<Labels>{{kTail}} : port_tails(rule.ports, sets);

  std::vector<policy::Cidr> cidrs = rule.cidrs;
  if (cidrs.empty()) {
    cidrs.resize(2);
    cidrs[1].v6 = true;
  }
  Labels labels;
  for (const auto& cidr : cidrs) {
    ByteSet classes;
    for (unsigned p = 0; p < 4; ++p)
      if ((protocols >> p & 1) != 0) classes.set(p | (cidr.v6 ? GH_PROTO_V6 : 0));
    const Labels middle = address(cidr, !all_ports, sets);
    for (const Labels& tail : tails) {
      labels.assign(1, one_of(classes, sets));
      labels.insert(labels.end(), middle.begin(), middle.end());
      labels.insert(labels.end(), tail.begin(), tail.end());
      patterns.add(labels, mark);
      if (patterns.label_count() > max_labels) return false;
    }
  }
  return true;
}

}  // namespace gatehouse::tables
