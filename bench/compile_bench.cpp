// SPDX-License-Identifier: Apache-2.0
// What compiling costs and how large the tables come out, from ten rules to ten thousand, and how fast
// a policy that multiplies is refused. It must never touch the host: policies are made up here.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <string>

#include "tables/compile.h"
#include "tables/evaluate.h"

namespace gatehouse {
namespace {

policy::PathRule rule(std::size_t number, policy::Action action, std::vector<std::string> paths) {
  policy::PathRule out;
  out.id = "rule-" + std::to_string(number);
  out.action = action;
  out.access = policy::access_bit(GH_READ) | policy::kWriteSet;
  out.paths = std::move(paths);
  return out;
}

policy::Policy with(std::vector<policy::PathRule> rules) {
  policy::Policy out;
  out.layers.resize(1);
  out.layers[0].filesystem.emplace().rules = std::move(rules);
  return out;
}

std::string word(std::size_t n) {
  static const char* const kWords[] = {"core",  "net",  "build", "data",
                                       "tools", "auth", "web",   "store"};
  return std::string(kWords[n % 8]) + "-" + std::to_string(n * 2654435761u % 100000);
}

// Directories, files, extensions below project directories: what people write and tools generate.
std::vector<policy::PathRule> typical_rules(std::size_t count) {
  using policy::Action;
  std::vector<policy::PathRule> out;
  for (std::size_t i = 0; i < count; ++i) {
    switch (i % 5) {
      case 0:
        out.push_back(rule(i, Action::allow, {"/home/dev/work/" + word(i) + "/**"}));
        break;
      case 1:
        out.push_back(rule(i, Action::deny, {"/etc/" + word(i) + "/private/*.key"}));
        break;
      case 2:
        out.push_back(rule(i, Action::ask, {"/srv/" + word(i) + "/config.{json,yaml}"}));
        break;
      case 3:
        out.push_back(rule(i, Action::allow, {"/opt/" + word(i) + "/bin/*"}));
        break;
      default:
        out.push_back(rule(i, Action::deny, {"/var/lib/" + word(i) + "/state"}));
        break;
    }
  }
  return out;
}

policy::Policy literal(std::size_t count) { return with(typical_rules(count)); }

// The same after a coding agent's own rules, which watch every directory for secrets.
policy::Policy typical(std::size_t count) {
  using policy::Action;
  std::vector<policy::PathRule> rules;
  rules.push_back(rule(100000, Action::allow, {"${workspace}/**", "/tmp/**"}));
  rules.push_back(
      rule(100001, Action::deny, {"${workspace}/.git/hooks/**", "${workspace}/.git/config"}));
  rules.push_back(rule(100002, Action::deny, {"~/.ssh/**", "~/.aws/**", "**/.env", "**/.env.*"}));
  rules.back().except = {"**/.env.example"};
  for (auto& r : typical_rules(count - 3))
    rules.push_back(std::move(r));
  return with(std::move(rules));
}

// The worst order: secrets with a suffix, and last.
policy::Policy suffixes(std::size_t count) {
  auto rules = typical_rules(count - 1);
  rules.push_back(
      rule(count, policy::Action::deny, {"**/.env", "**/.env.*", "**/*.pem", "**/.ssh/**"}));
  rules.back().except = {"**/.env.example"};
  return with(std::move(rules));
}

// Every rule names one file, wherever it is.
policy::Policy anywhere(std::size_t count) {
  std::vector<policy::PathRule> rules;
  for (std::size_t i = 0; i < count; ++i)
    rules.push_back(rule(i, policy::Action::deny, {"**/" + word(i)}));
  return with(std::move(rules));
}

policy::Cidr cidr(std::size_t i) {
  policy::Cidr out;
  out.prefix = static_cast<std::uint8_t>(16 + i % 17);
  const auto address = static_cast<std::uint32_t>(i * 2654435761u);
  const std::uint32_t masked = address & ~((std::uint32_t{1} << (32 - out.prefix)) - 1);
  for (unsigned k = 0; k < 4; ++k)
    out.address[k] = static_cast<std::uint8_t>(masked >> (24 - 8 * k));
  return out;
}

// Each range in a rule of its own.
policy::Policy networks(std::size_t count) {
  policy::Policy out;
  out.layers.resize(1);
  auto& rules = out.layers[0].network.emplace().rules;
  for (std::size_t i = 0; i < count; ++i) {
    policy::NetRule r;
    r.id = "net-" + std::to_string(i);
    r.action = i % 3 == 0 ? policy::Action::deny : policy::Action::allow;
    r.access = 0x1f;
    r.cidrs = {cidr(i)};
    r.ports = {
        {443, 443},
        {static_cast<std::uint16_t>(8000 + i % 100), static_cast<std::uint16_t>(8000 + i % 100)}};
    rules.push_back(r);
  }
  return out;
}

// Lists of 64 ranges with a range of ports.
policy::Policy lists(std::size_t count) {
  auto out = networks(count / 64 + 1);
  std::size_t i = 0;
  for (auto& r : out.layers[0].network->rules) {
    r.cidrs.clear();
    for (; r.cidrs.size() < 64; ++i)
      r.cidrs.push_back(cidr(i));
    r.ports = {{443, 443}, {8000, 8999}};
  }
  return out;
}

// Patterns that multiply: each `**/x/**` may or may not have been seen.
policy::Policy hostile(std::size_t count) {
  std::vector<policy::PathRule> rules;
  for (std::size_t i = 0; i < count; ++i) {
    auto r = rule(i, static_cast<policy::Action>(i % 4), {"**/" + word(i) + "/**/x*y*z"});
    r.access = static_cast<policy::AccessSet>(1u << i % 6);
    rules.push_back(r);
  }
  return with(std::move(rules));
}

void compile(benchmark::State& state, policy::Policy (*make)(std::size_t)) {
  const auto policy = make(static_cast<std::size_t>(state.range(0)));
  const policy::Context context{"/home/dev/app", "/home/dev", {}};
  std::optional<tables::Tables> out;
  std::string refusal;
  for (auto _ : state) {
    Diagnostics diagnostics;
    out = tables::compile(policy, context, nullptr, diagnostics);
    benchmark::DoNotOptimize(out);
    refusal = render(diagnostics);
  }
  if (!out) state.SetLabel(refusal.substr(0, 200));
  state.counters["refused"] = out ? 0 : 1;
  if (!out) return;
  state.counters["states"] = static_cast<double>(out->states.size());
  state.counters["cells"] = static_cast<double>(out->transitions.size());
  state.counters["outcomes"] = static_cast<double>(out->outcomes.size());
  state.counters["KiB"] = static_cast<double>(out->states.size() * 8 + out->transitions.size() * 8 +
                                              out->outcomes.size() * 32) /
                          1024;
}

BENCHMARK_CAPTURE(compile, literal, literal)
    ->Arg(10)
    ->Arg(1000)
    ->Arg(10000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compile, typical, typical)
    ->Arg(10)
    ->Arg(1000)
    ->Arg(10000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compile, suffixes, suffixes)
    ->Arg(10)
    ->Arg(1000)
    ->Arg(10000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compile, anywhere, anywhere)
    ->Arg(10)
    ->Arg(1000)
    ->Arg(10000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compile, networks, networks)
    ->Arg(10)
    ->Arg(1000)
    ->Arg(4096)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compile, lists, lists)
    ->Arg(10)
    ->Arg(1000)
    ->Arg(4096)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compile, hostile, hostile)
    ->Arg(10)
    ->Arg(100)
    ->Arg(10000)
    ->Unit(benchmark::kMillisecond);

void evaluate(benchmark::State& state) {
  Diagnostics diagnostics;
  const auto tables = tables::compile(typical(static_cast<std::size_t>(state.range(0))),
                                      {"/home/dev/app", "/home/dev", {}}, nullptr, diagnostics);
  if (!tables) return state.SkipWithError(render(diagnostics).c_str());
  for (auto _ : state)
    benchmark::DoNotOptimize(tables::evaluate_path(
        *tables, "/home/dev/work/core-0/src/include/project/main.cpp", GH_READ));
}
BENCHMARK(evaluate)->Arg(10)->Arg(10000);

}  // namespace
}  // namespace gatehouse

BENCHMARK_MAIN();
