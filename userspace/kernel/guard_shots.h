// SPDX-License-Identifier: Apache-2.0
// Operations of the guards that take more than one call. They must never change what they did not make.
#pragma once

#include "kernel/shots.h"

namespace gatehouse::kernel {

// Each: 0, or the errno of what was refused.
int use_ipc();
int pass_file(const Scene& s);
int set_owner();
int set_flags(const Scene& s);
int set_flags_32(const Scene& s);
int open_link();
int open_each(int next, int open);  // commands of bpf(2)

}  // namespace gatehouse::kernel
