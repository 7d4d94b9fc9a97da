/* SPDX-License-Identifier: GPL-2.0-only */
/* Files that are interfaces of the kernel's: who writes there does more than change a file.
 * It must never replace the judgement of the path: it comes before it. */
#ifndef GH_INTERFACE_H
#define GH_INTERFACE_H

#include "kernel.h"
#include "scope.h"

/* The privilege that these accesses (bit per column) to the file need beside the path; -1: none.
 * `serial`: of the session that asks, whose own processes it may change below /proc. */
static int gh_interface_of(__u64 dentry, __u32 accesses, __u64 serial);

#endif
