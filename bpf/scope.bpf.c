/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds the session above a cgroup by trying each of its ancestors: for attached cgroups and sockets.
 * It must never be on the way of a task that gh_scope can place by one comparison. */
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

__noinline int gh_scope_of_cgroup(__u64 cgroup)
{
    int level = GH_GET(cgroup, cgroup, level);

    for (int i = 1; i < GH_MAX_LEVELS; i++) {
        __u64 id;
        __u32 *index;

        if (i > level)
            return 0;
        id = gh_id_above(cgroup, i);
        index = bpf_map_lookup_elem(&gh_scopes, &id);
        if (index)
            return *index;
    }
    return 0;
}

/* A session that has ended leaves its members to session 0, which has no tables: all is denied. */
__noinline int gh_scope_for_life(void)
{
    struct gh_member *member = gh_member();
    struct gh_session *session;

    if (!member)
        return -1;
    session = gh_session_at(member->index);
    return session && session->serial == member->serial ? (int)member->index : 0;
}
