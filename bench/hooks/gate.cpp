// SPDX-License-Identifier: Apache-2.0
// Loading, publishing, admitting; and all of it undone at the end.
// It must never go on after a refusal: the figures would be of something else.
#include "hooks/gate.h"

#include <cstdio>
#include <cstdlib>

#include "hooks/measure.h"

namespace gatehouse::bench {

void give_up(const std::string& doing, const Error& error) {
  std::fprintf(stderr, "bench: %s: %s\n", doing.c_str(), error.what.c_str());
  std::_Exit(1);
}

Gate::Gate() {
  kernel::EnforcementOptions options;
  options.cgroup_mount = need(kernel::find_cgroup_mount(), "cgroups");
  options.name = "bench";
  options.portable_only = std::getenv("GH_BENCH_PORTABLE") != nullptr;
  using kernel::Enforcement;
  enforcement = std::make_unique<Enforcement>(need(Enforcement::load(options), "loading"));
  auto& memory = enforcement->memory();
  grace = std::make_unique<kernel::Grace>(need(kernel::Grace::make(), "grace periods"));
  publisher =
      std::make_unique<kernel::Publisher>(need(kernel::Publisher::over(memory, *grace), "tables"));
  admission = std::make_unique<kernel::Admission>(*enforcement, *grace);
  answers = std::make_unique<kernel::Answers>(memory);
  heartbeat = std::make_unique<kernel::Heartbeat>(memory.controls());
  events = std::make_unique<kernel::Ring>(
      need(kernel::Ring::open(memory.fd("gh_events"), [](auto) {}), "events"));
}

Gate::~Gate() {
  heartbeat.reset();
  (void)enforcement->lift();
}

Session::Session(Gate& gate, const tables::Tables& tables) : gate_(gate) {
  static std::uint32_t number = 0;
  ++number;
  const auto& mount = gate.enforcement->mount();
  const auto path = gate.enforcement->root().path() + "/s" + std::to_string(number);
  cgroup_ = need(kernel::Cgroup::make(mount, path), "making a cgroup");
  const double start = now();
  const auto slot = need(gate.publisher->publish(tables, number), "publishing");
  publish_cost_ = now() - start;
  admitted_ = need(gate.admission->admit(cgroup_, number, slot, tables.flags), "admitting");
}

Session::~Session() {
  (void)gate_.answers->release_all(admitted_.serial);
  (void)cgroup_.kill();
  (void)cgroup_.wait_empty(kernel::Milliseconds(5000));
  if (auto removed = gate_.admission->remove(admitted_); !removed)
    give_up("removing a session", removed.error());
  (void)gate_.publisher->retire(admitted_.policy);
  (void)gate_.answers->forget(admitted_.serial);
  (void)cgroup_.remove(kernel::Milliseconds(5000));
  (void)gate_.events->consume();
}

int bystander_cgroup() {
  static const auto mount = need(kernel::find_cgroup_mount(), "cgroups");
  static const auto cgroup =
      need(kernel::Cgroup::ensure(mount, mount + "/bystander/user/session/service"), "cgroup");
  return cgroup.fd();
}

}  // namespace gatehouse::bench
