// SPDX-License-Identifier: Apache-2.0
// Ten rules as people write them for an agent, and thousands as tools generate them.
// It must never depend on the host: symlinks are not resolved.
#include "hooks/policies.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "tables/compile.h"

namespace gatehouse::bench {
namespace {

using policy::Action;
constexpr policy::AccessSet kRead = policy::access_bit(GH_READ);
constexpr policy::AccessSet kAll = kRead | policy::kWriteSet;

policy::PathRule rule(const std::string& id, Action action, policy::AccessSet access,
                      std::vector<std::string> paths, std::vector<std::string> except = {}) {
  policy::PathRule out;
  out.id = id;
  out.action = action;
  out.access = access;
  out.paths = std::move(paths);
  out.except = std::move(except);
  return out;
}

policy::NetRule range(const std::string& id, Action action, std::uint32_t address,
                      std::uint8_t prefix) {
  policy::NetRule out;
  out.id = id;
  out.action = action;
  out.access = 0x1f;
  policy::Cidr cidr;
  cidr.prefix = prefix;
  const std::uint32_t masked = address & ~((std::uint32_t{1} << (32 - prefix)) - 1);
  for (unsigned k = 0; k < 4; k++)
    cidr.address[k] = static_cast<std::uint8_t>(masked >> (24 - 8 * k));
  out.cidrs = {cidr};
  return out;
}

std::vector<policy::PathRule>& rules_of(policy::Policy& policy) {
  return policy.layers[0].filesystem->rules;
}

}  // namespace

policy::Policy agent(std::size_t rules) {
  policy::Policy out;
  out.name = "bench";
  out.layers.resize(1);
  auto& layer = out.layers[0];
  layer.name = "bench";
  auto& files = layer.filesystem.emplace();
  files.defaults.column[GH_ACCESS_COLUMN(GH_READ)] = Action::allow;
  files.defaults.column[GH_ACCESS_COLUMN(GH_EXEC)] = Action::allow;
  files.rules = {
      rule("workspace", Action::allow, kAll, {"${workspace}/**"}),
      rule("temporary", Action::allow, kAll, {"/tmp/**", "/var/tmp/**"}),
      rule("devices", Action::allow, kAll,
           {"/dev/{null,zero,full,random,urandom,tty,ptmx}", "/dev/pts/*"}),
      rule("git", Action::deny, policy::kWriteSet,
           {"${workspace}/.git/hooks/**", "${workspace}/.git/config"}),
      rule("secrets", Action::deny, kAll, {"~/.ssh/**", "~/.aws/**", "**/.env", "**/.env.*"},
           {"**/.env.example"}),
      rule("shadow", Action::deny, kAll, {"/etc/{shadow,gshadow,sudoers}"}),
      rule("environ", Action::deny, kRead, {"/proc/*/{environ,mem}"}),
      rule("keys", Action::deny, kAll, {"**/id_{rsa,ecdsa,ed25519}"}),
      rule("caches", Action::allow, kAll, {"~/.cache/**", "~/.npm/**"}),
  };
  // In front: of two rules that are equally strict the first is named, and one that stands behind them
  // all would have to be told apart below each of their directories (2.6 times the states).
  std::vector<policy::PathRule> tenants;
  for (std::size_t i = files.rules.size() + 1; i < rules; i++) {
    char path[64];
    std::snprintf(path, sizeof(path), "/bench/tenants/t%05zu/private/**", i);
    tenants.push_back(rule("tenant-" + std::to_string(i), Action::deny, kAll, {path}));
  }
  files.rules.insert(files.rules.begin(), tenants.begin(), tenants.end());
  layer.exec.emplace().fallback = Action::allow;
  layer.network.emplace().rules = {range("local", Action::allow, 0x7f000000, 8)};
  return out;
}

policy::Policy agent_with_suffix() {
  auto out = agent(10);
  rules_of(out).push_back(rule("suffix", Action::deny, kAll, {"**/*.pem", "**/*.key"}));
  return out;
}

policy::Policy agent_with_ranges(std::size_t ranges) {
  auto out = agent(10);
  for (std::size_t i = 0; i < ranges; i++) {
    auto address = static_cast<std::uint32_t>(i * 2654435761u);
    if (address >> 24 == 127) address ^= 0x80000000;
    out.layers[0].network->rules.push_back(range("range-" + std::to_string(i), Action::deny,
                                                 address, static_cast<std::uint8_t>(16 + i % 17)));
  }
  return out;
}

policy::Policy asking() {
  auto out = agent(10);
  rules_of(out).push_back(rule("asked", Action::ask, kRead, {"/bench/ask/**"}));
  return out;
}

tables::Tables compile(const policy::Policy& policy) {
  Diagnostics diagnostics;
  auto out = tables::compile(policy, {"/bench", "/home/dev", {}}, nullptr, diagnostics);
  if (out) return std::move(*out);
  std::fprintf(stderr, "bench: %s", render(diagnostics).c_str());
  std::_Exit(1);
}

}  // namespace gatehouse::bench
