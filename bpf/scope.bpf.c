/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds the attached session above a task whose cgroup lies elsewhere than below our own.
 * It must never be called while no such session exists: bystanders would pay for it. */
#include "scope.h"

/* Attaching refuses a cgroup deeper than GH_MAX_LEVELS, so a session's root is always among these;
 * sessions never nest, so the first found is the only one. */
__noinline int gh_scope_elsewhere(void)
{
    struct cgroup *cgroup = bpf_get_current_task_btf()->cgroups->dfl_cgrp;
    int level = cgroup->level;

#pragma unroll
    for (int i = 1; i < GH_MAX_LEVELS; i++) {
        __u64 id;
        __u32 *index;

        if (i > level)
            return 0;
        id = gh_ancestor(cgroup, i);
        index = bpf_map_lookup_elem(&gh_scopes, &id);
        if (index)
            return *index;
    }
    return 0;
}
