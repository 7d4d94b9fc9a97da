// SPDX-License-Identifier: Apache-2.0
// One reading of the iterator for each sweep.
// It must never take a short read for the end of the tasks.
#include "kernel/members.h"

#include <bpf/bpf.h>
#include <unistd.h>

#include <sstream>
#include <string>

namespace gatehouse::kernel {
namespace {

// The text that one pass over all tasks gave.
Result<std::string> sweep(Enforcement& gate) {
  const UniqueFd link(::bpf_link_create(gate.program("gh_sweep"), 0, BPF_TRACE_ITER, nullptr));
  if (!link.valid()) return sys_error("the iterator over tasks");
  const UniqueFd reader(::bpf_iter_create(link.get()));
  if (!reader.valid()) return sys_error("the iterator over tasks");
  std::string text;
  char part[4096];
  for (;;) {
    const ssize_t got = ::read(reader.get(), part, sizeof part);
    if (got == 0) return text;
    if (got < 0 && errno != EINTR && errno != EAGAIN) return sys_error("reading all tasks");
    if (got > 0) text.append(part, static_cast<std::size_t>(got));
  }
}

}  // namespace

Result<void> label_members(Enforcement& gate, std::uint64_t cgroup, std::uint64_t serial,
                           std::uint32_t index) {
  gh_controls& controls = gate.memory().controls();
  controls.sweep_cgroup = cgroup;
  controls.sweep_serial = serial;
  controls.sweep_index = index;
  controls.sweep = GH_SWEEP_LABEL;
  auto done = sweep(gate);
  if (!done) return done.take_error();
  return {};
}

Result<std::vector<pid_t>> list_members(Enforcement& gate, std::uint64_t serial) {
  gh_controls& controls = gate.memory().controls();
  controls.sweep_serial = serial;
  controls.sweep = GH_SWEEP_LIST;
  auto text = sweep(gate);
  if (!text) return text.take_error();
  std::istringstream lines(*text);
  std::vector<pid_t> pids;
  for (pid_t pid = 0; lines >> pid;)
    pids.push_back(pid);
  return pids;
}

Result<void> release_members(Enforcement& gate, std::uint64_t serial) {
  gh_controls& controls = gate.memory().controls();
  controls.sweep_serial = serial;
  controls.sweep = GH_SWEEP_RELEASE;
  auto done = sweep(gate);
  if (!done) return done.take_error();
  return {};
}

}  // namespace gatehouse::kernel
