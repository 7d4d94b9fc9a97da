// SPDX-License-Identifier: Apache-2.0
// recursion_misses of bpf_prog_info behind skipped.h. It must never open a program by a number that it did not
// get from a link of ours.
#include "kernel/skipped.h"

#include <bpf/bpf.h>

namespace gatehouse::kernel {
namespace {

Result<std::uint64_t> misses(int fd) {
  bpf_prog_info info = {};
  __u32 length = sizeof info;
  if (::bpf_obj_get_info_by_fd(fd, &info, &length) != 0)
    return sys_error("cannot inspect a BPF program");
  return std::uint64_t{info.recursion_misses};
}

}  // namespace

Result<Skipped> Skipped::over(const Fds& links) {
  Skipped skipped;
  for (const auto& [name, link] : links) {
    bpf_link_info info = {};
    __u32 length = sizeof info;
    if (::bpf_obj_get_info_by_fd(link.get(), &info, &length) != 0)
      return sys_error("cannot inspect the link of " + name);
    UniqueFd program(::bpf_prog_get_fd_by_id(info.prog_id));
    if (!program.valid()) return sys_error("cannot open the program of " + name);
    auto before = misses(program.get());
    if (!before) return before.take_error();
    skipped.programs_.push_back({name, std::move(program), *before});
  }
  return skipped;
}

Result<std::vector<Skipped::Count>> Skipped::news() {
  std::vector<Count> counts;
  for (auto& program : programs_) {
    auto now = misses(program.fd.get());
    if (!now) return now.take_error();
    if (*now != program.told) counts.push_back({program.name, *now - program.told});
    program.told = *now;
  }
  return counts;
}

}  // namespace gatehouse::kernel
