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
Result<std::string> sweep(Enforcement& gate, std::uint32_t what, std::uint64_t serial) {
  gate.memory().controls().sweep_serial = serial;
  gate.memory().controls().sweep = what;
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

// The same where nothing is to be told.
Result<void> mark(Enforcement& gate, std::uint32_t what, std::uint64_t serial) {
  auto done = sweep(gate, what, serial);
  if (!done) return done.take_error();
  return {};
}

}  // namespace

Result<void> label_members(Enforcement& gate, std::uint64_t serial) {
  return mark(gate, GH_SWEEP_LABEL, serial);
}

Result<std::vector<pid_t>> list_members(Enforcement& gate, std::uint64_t serial) {
  auto text = sweep(gate, GH_SWEEP_LIST, serial);
  if (!text) return text.take_error();
  std::istringstream lines(*text);
  std::vector<pid_t> pids;
  for (pid_t pid = 0; lines >> pid;)
    pids.push_back(pid);
  return pids;
}

Result<void> release_members(Enforcement& gate, std::uint64_t serial) {
  return mark(gate, GH_SWEEP_RELEASE, serial);
}

}  // namespace gatehouse::kernel
