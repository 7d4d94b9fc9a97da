// SPDX-License-Identifier: Apache-2.0
// The kernel is known by the name of the trampoline's second entry, which came with the mending.
// It must never read a version number: distributions take over single commits.
#include "kernel/skipping.h"

#include <sys/utsname.h>

#include <cerrno>
#include <fstream>

namespace gatehouse::kernel {

bool may_skip_programs(const std::string& version, std::istream& symbols) {
  if (version.find("PREEMPT") == std::string::npos) return false;
  for (std::string line; std::getline(symbols, line);)
    if (line.ends_with(" __bpf_prog_enter_recur")) return false;
  return true;
}

Result<void> refuse_skipping_kernel() {
  utsname name = {};
  ::uname(&name);
  std::ifstream symbols("/proc/kallsyms");
  if (!may_skip_programs(name.version, symbols)) return {};
  return Error{ENOTSUP,
               "this kernel skips an LSM program while another task is preempted in it, "
               "and so would let operations pass; use a newer 6.1, or any from 6.2"};
}

}  // namespace gatehouse::kernel
