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

GH_INLINE struct cgroup *gh_cgroup(void) { return bpf_get_current_task_btf()->cgroups->dfl_cgrp; }

/* A cgroup below our own without a session is nobody's: session 0 has no tables, so all is denied. */
GH_INLINE struct gh_session *gh_session_of(__u64 cgroup)
{
    __u32 *index = bpf_map_lookup_elem(&gh_scopes, &cgroup);

    return gh_session_at(index ? *index : 0);
}

/* What the address of an ancestor tells at once; the id is two steps further away. The first task of ours
 * that comes by leaves the address of our own cgroup in gh_root_at. */
#define GH_OUTSIDE 0 /* of every session */
#define GH_BELOW 1   /* our own cgroup, or one that has its address now */
#define GH_UNSURE 2

GH_INLINE int gh_whereabouts(struct cgroup *cgroup)
{
#ifdef GH_FAST
    __u32 level = gh_root_level;
    __u64 at = (__u64)cgroup + bpf_core_field_offset(struct cgroup, ancestors) + level * 8;

    if (cgroup->level > level && GH_WORD(at) == gh_root_at)
        return GH_BELOW;
    return gh_root_at && !gh_controls.elsewhere ? GH_OUTSIDE : GH_UNSURE;
#else
    return GH_UNSURE;
#endif
}

/* Of the ancestor that would be a session's root, for gh_scope_named; 0: not known to have one. */
GH_INLINE __u64 gh_name(struct cgroup *cgroup, int whereabouts)
{
    return whereabouts == GH_BELOW ? gh_ancestor(cgroup, gh_root_level + 1) : 0;
}

GH_INLINE struct gh_session *gh_scope_at_length(struct cgroup *cgroup)
{
    int index;

    if (cgroup->level > gh_root_level && gh_ancestor(cgroup, gh_root_level) == gh_root_id) {
#ifdef GH_FAST
        gh_root_at = GH_WORD((__u64)cgroup + bpf_core_field_offset(struct cgroup, ancestors) +
                             gh_root_level * 8);
#endif
        return gh_session_of(gh_ancestor(cgroup, gh_root_level + 1));
    }
    if (!gh_controls.elsewhere)
        return 0;
    index = gh_scope_elsewhere();
    return index ? gh_session_at(index) : 0;
}

/* An address that is not ours any more has no name that is ours. */
GH_INLINE struct gh_session *gh_scope_named(__u64 name)
{
    __u32 *index = name ? bpf_map_lookup_elem(&gh_scopes, &name) : 0;

    return index ? gh_session_at(*index) : gh_scope_at_length(gh_cgroup());
}

GH_INLINE struct gh_session *gh_scope(void)
{
    struct cgroup *cgroup = gh_cgroup();
    int whereabouts = gh_whereabouts(cgroup);

    return whereabouts == GH_OUTSIDE ? 0 : gh_scope_named(gh_name(cgroup, whereabouts));
}

#endif
