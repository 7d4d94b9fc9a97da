// SPDX-License-Identifier: Apache-2.0
// What the kernel side costs: prints lines of JSON, each one figure of a column and a row.
// It must never be trusted for absolute times in the VM: there, a nanosecond is an instruction.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "hooks/ask.h"
#include "hooks/gate.h"
#include "hooks/landlock.h"
#include "hooks/operations.h"
#include "hooks/policies.h"
#include "hooks/sizes.h"
#include "hooks/startup.h"

namespace gatehouse::bench {
namespace {

// measure COLUMN files|network|all [LANDLOCK_RULES]
void measure_here(char** words) {
  const std::string kind = words[1];
  if (words[2] != nullptr) enter_landlock(static_cast<unsigned>(std::atoi(words[2])));
  measure_all(words[0], kind == "files"     ? file_operations()
                        : kind == "network" ? network_operations()
                                            : all_operations());
}

void operations() {
  const int outside = bystander_cgroup();
  make_tree(std::string(GH_BENCH_PROGRAMS) + "/true");
  measure_in_process(outside, {"measure", "bare", "all"});
  if (has_landlock()) {
    measure_in_process(outside, {"measure", "Landlock, 10 rules", "files", "10"});
    measure_in_process(outside, {"measure", "Landlock, 1,000 rules", "files", "1000"});
  }
  measure_in_process(outside, {"measure", "bare, again", "all"});

  Gate gate;
  std::printf("{\"flavor\":\"%s\"}\n", gate.enforcement->flavor().c_str());
  std::fflush(stdout);
  const auto inside = [&](const std::string& column, const policy::Policy& policy,
                          const std::string& kind) {
    const Session session(gate, compile(policy));
    measure_in_process(session.cgroup(), {"measure", column, kind},
                       [&] { (void)gate.events->consume(); });
    if (column == "10 rules") measure_in_process(outside, {"measure", "outside", "all"});
  };
  inside("10 rules", agent(10), "all");
  inside("10,000 rules", agent(10000), "all");
  inside("10 rules and a suffix", agent_with_suffix(), "files");
  auto logging = agent(10);
  logging.log_allowed = true;
  inside("10 rules, all logged", logging, "all");
  inside("4,096 address ranges", agent_with_ranges(4096), "network");
}

// Enough to see whether a change of the hooks pays.
void quick() {
  const int outside = bystander_cgroup();
  make_tree(std::string(GH_BENCH_PROGRAMS) + "/true");
  measure_in_process(outside, {"measure", "bare", "files"});
  Gate gate;
  const Session session(gate, compile(agent(10)));
  measure_in_process(session.cgroup(), {"measure", "10 rules", "files"});
  measure_in_process(outside, {"measure", "outside", "files"});
}

void hold() {
  const Gate gate;
  ::pause();
}

int usage() {
  std::fputs(
      "usage: bench_hooks operations|quick|sizes|compile|ask|signals|hold|startup\n"
      "  operations  added cost of each operation (VM, --icount)\n"
      "  quick       three columns of it, to try a change\n"
      "  sizes       tables, kernel memory and publishing (VM, --icount)\n"
      "  compile     compiling 10,000 rules (anywhere)\n"
      "  ask         round trip of an ask beside its peers (VM)\n"
      "  signals     its raw parts on this host (anywhere)\n"
      "  hold        keep a gate loaded, to look at its programs with bpftool (VM)\n"
      "  startup CMD…  what starting `CMD… true` costs over `true`\n",
      stderr);
  return 2;
}

}  // namespace
}  // namespace gatehouse::bench

int main(int argc, char** argv) {
  using namespace gatehouse::bench;
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "measure" && argc > 3) return measure_here(argv + 2), 0;
  if (what == "operations") return operations(), 0;
  if (what == "sizes") return sizes(), 0;
  if (what == "compile") return compile_times(), 0;
  if (what == "ask") return ask_round_trips(), 0;
  if (what == "signals") return signal_round_trips(), 0;
  if (what == "startup") return startup(argv + 2), 0;
  if (what == "quick") return quick(), 0;
  if (what == "hold") return hold(), 0;
  return usage();
}
