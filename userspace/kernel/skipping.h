// SPDX-License-Identifier: Apache-2.0
// Kernels that skip a program while another task is in it on the same CPU: until Linux 6.2 (kernel commit
// 271de525e1d7) and the stable kernels that took it over, for LSM programs too.
// It must never take a kernel for safe that does not say so.
#pragma once

#include <istream>
#include <string>

#include "base/result.h"

namespace gatehouse::kernel {

// Can a task be preempted in the middle of a hook here, and would the next one then pass unjudged?
// `version` as uname(2) has it; `symbols` as /proc/kallsyms has them.
bool may_skip_programs(const std::string& version, std::istream& symbols);

// ENOTSUP with what to do; about this host.
Result<void> refuse_skipping_kernel();

}  // namespace gatehouse::kernel
