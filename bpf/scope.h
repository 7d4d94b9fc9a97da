/* SPDX-License-Identifier: GPL-2.0-only */
/* Task → session, or "not ours": the first line of every hook, and all that a bystander pays for.
 * It must never call a helper before it knows that the task may be ours. */
#ifndef GH_SCOPE_H
#define GH_SCOPE_H

#include "maps.h"
#include "read.h"

/* Index in gh_sessions of the attached session above the current task, 0: none. */
int gh_scope_elsewhere(void);
/* Of the session, however it was begun, above the cgroup at this address. */
int gh_scope_of_cgroup(__u64 cgroup);

GH_INLINE struct gh_session *gh_session_at(__u32 index)
{
    return bpf_map_lookup_elem(&gh_sessions, &index);
}

/* A cgroup below our own without a session is nobody's: session 0 has no tables, so all is denied. */
GH_INLINE struct gh_session *gh_session_of(__u64 cgroup)
{
    __u32 *index = bpf_map_lookup_elem(&gh_scopes, &cgroup);

    return gh_session_at(index ? *index : 0);
}

/* Id of the task's ancestor cgroup at `level`, which must not exceed its own. The verifier follows no
 * index into the flexible array that ends struct cgroup: cast (10 instructions), or ask the helper. */
GH_INLINE __u64 gh_ancestor(struct cgroup *cgroup, __u32 level)
{
#ifdef GH_FAST
    __u64 at = (__u64)cgroup + bpf_core_field_offset(struct cgroup, ancestors) + level * 8;

    return GH_GET(kernfs_node, GH_GET(cgroup, GH_WORD(at), kn), id);
#else
    return bpf_get_current_ancestor_cgroup_id(level);
#endif
}

/* The same of any cgroup, for hooks whose current task has nothing to do with the request. */
GH_INLINE __u64 gh_id_above(__u64 cgroup, __u32 level)
{
    __u64 at = cgroup + bpf_core_field_offset(struct cgroup, ancestors) + level * 8;

    return GH_GET(kernfs_node, (__u64)GH_GET(cgroup, GH_WORD(at), kn), id);
}

GH_INLINE struct gh_session *gh_scope(void)
{
    struct cgroup *cgroup = bpf_get_current_task_btf()->cgroups->dfl_cgrp;
    int index;

    if (cgroup->level > gh_root_level && gh_ancestor(cgroup, gh_root_level) == gh_root_id)
        return gh_session_of(gh_ancestor(cgroup, gh_root_level + 1));
    if (!gh_controls.elsewhere)
        return 0;
    index = gh_scope_elsewhere();
    return index ? gh_session_at(index) : 0;
}

#endif
