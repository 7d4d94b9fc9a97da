/* SPDX-License-Identifier: GPL-2.0-only */
/* What members.bpf.c shares with the hooks: how a session's place is told from its address.
 * It must never hold a hook. */
#ifndef GH_MEMBERS_H
#define GH_MEMBERS_H

#include "hooks/request.h"

struct seq_file;
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct bpf_iter_meta {
    struct seq_file *seq;
};
struct bpf_iter__task {
    struct bpf_iter_meta *meta;
    struct task_struct *task;
};
#pragma clang attribute pop

#endif
