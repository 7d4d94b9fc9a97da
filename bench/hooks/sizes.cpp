// SPDX-License-Identifier: Apache-2.0
// Compiles, publishes and weighs.
// It must never count what a map could hold as what a policy needs: both are told apart.
#include "hooks/sizes.h"

#include <algorithm>
#include <fstream>
#include <string>

#include "hooks/gate.h"
#include "hooks/measure.h"
#include "hooks/policies.h"

namespace gatehouse::bench {
namespace {

constexpr std::size_t kCounts[] = {10, 1000, 10000};

double kernel_bytes(int map) {
  std::ifstream info("/proc/self/fdinfo/" + std::to_string(map));
  std::string key;
  for (double value; info >> key;)
    if (key == "memlock:" && info >> value) return value;
  return 0;
}

void print_weight(const std::string& column, const tables::Tables& tables) {
  print(column, "states, bytes", static_cast<double>(tables.states.size() * 8));
  print(column, "transitions, bytes", static_cast<double>(tables.transitions.size() * 8));
  print(column, "outcomes, bytes", static_cast<double>(tables.outcomes.size() * 32));
}

std::string column_of(std::size_t rules) { return std::to_string(rules); }

}  // namespace

void compile_times() {
  for (const auto rules : kCounts) {
    const auto policy = agent(rules);
    Figure figure{"compile, ms", 1e9, 0};
    tables::Tables tables;
    for (int i = 0; i < 7; i++) {
      const double start = now();
      tables = compile(policy);
      figure.best = std::min(figure.best, (now() - start) / 1e6);
    }
    figure.median = figure.best;
    print(column_of(rules), figure);
    print_weight(column_of(rules), tables);
  }
}

void sizes() {
  Gate gate;
  for (const auto rules : kCounts) {
    double best = 1e18;
    const auto tables = compile(agent(rules));
    for (int i = 0; i < 3; i++)
      best = std::min(best, Session(gate, tables).publish_cost());
    print(column_of(rules), "publish", best);
  }
  double sum = 0;
  for (const auto* name : kernel::kMapNames) {
    const double bytes = kernel_bytes(gate.enforcement->memory().fd(name));
    print("memory", name, bytes);
    sum += bytes;
  }
  print("memory", "all maps", sum);
}

}  // namespace gatehouse::bench
