/* SPDX-License-Identifier: GPL-2.0-only */
/* Task → session, or "not ours": the first line of every hook, and all that a bystander pays for. By the
 * cgroup, which is quick to tell; whoever left its cgroup is known by what it keeps for life (members.bpf.c).
 * It must never call a helper before it knows that the task may be ours. */
#ifndef GH_SCOPE_H
#define GH_SCOPE_H

#include "maps.h"
#include "read.h"

/* Index in gh_sessions of the attached session above the current task, 0: none. */
int gh_scope_elsewhere(void);
/* Of the session that the current task belongs to for life, whatever its cgroup; -1: it has none. */
int gh_scope_for_life(void);
/* Of the session, however it was begun, above the cgroup at this address. */
int gh_scope_of_cgroup(__u64 cgroup);

GH_INLINE struct gh_session *gh_session_at(__u32 index)
{
    return bpf_map_lookup_elem(&gh_sessions, &index);
}

GH_INLINE __u64 gh_ancestor_at(struct cgroup *cgroup, __u32 level)
{
    return (__u64)cgroup + bpf_core_field_offset(struct cgroup, ancestors) + level * 8;
}

/* What the current task keeps for life, null: nothing. */
GH_INLINE struct gh_member *gh_member(void)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct gh_member *member = bpf_task_storage_get(&gh_members, task, 0, 0);

    if (!member) /* moved in as a whole: only the first thread was told (members.bpf.c) */
        member = bpf_task_storage_get(&gh_members, task->group_leader, 0, 0);
    return member && member->serial ? member : 0;
}

/* Id of the task's ancestor cgroup at `level`, which must not exceed its own. The verifier follows no
 * index into the flexible array that ends struct cgroup: cast (10 instructions), or ask the helper. */
GH_INLINE __u64 gh_ancestor(struct cgroup *cgroup, __u32 level)
{
#ifdef GH_FAST
    return GH_GET(kernfs_node, GH_GET(cgroup, GH_WORD(gh_ancestor_at(cgroup, level)), kn), id);
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

/* The address of any task's cgroup, as a number: the verifier passes no typed pointer to a function of its own. */
GH_INLINE __u64 gh_cgroup_of(struct task_struct *task)
{
    __u64 cgroup = 0;

    bpf_probe_read_kernel(&cgroup, sizeof(cgroup), &task->cgroups->dfl_cgrp);
    return cgroup;
}

/* The session that the cgroup at this address (0: none) belongs to; null: to none that lives. */
GH_INLINE struct gh_session *gh_session_above(__u64 cgroup)
{
    int index = cgroup ? gh_scope_of_cgroup(cgroup) : 0;
    struct gh_session *session = index ? gh_session_at(index) : 0;

    return session && session->serial ? session : 0;
}

GH_INLINE bool gh_is_within(__u64 cgroup, __u64 serial)
{
    struct gh_session *session = gh_session_above(cgroup);

    return session && session->serial == serial;
}

/* A cgroup below our own without a session is nobody's: session 0 has no tables, so all is denied. */
GH_INLINE struct gh_session *gh_session_of(__u64 cgroup)
{
    __u32 *index = bpf_map_lookup_elem(&gh_scopes, &cgroup);

    return gh_session_at(index ? *index : 0);
}

/* True: in no session. Else *top: the cgroup of a session, or what has its place below an address that was
 * ours; 0: not known. An ancestor's address tells at once, its id is two steps further away: the first task
 * of ours that comes by leaves the address of our own cgroup in gh_root_at. */
GH_INLINE bool gh_is_outside(__u64 *top)
{
    *top = 0;
#ifdef GH_FAST
    struct cgroup *cgroup = gh_cgroup();
    __u32 level = gh_root_level;

    if (cgroup->level > level) {
        __u64 at = gh_ancestor_at(cgroup, level);

        if (GH_WORD(at) == gh_root_at) {
            *top = GH_WORD(at + 8);
            return false;
        }
    }
    return gh_root_at && !gh_controls.elsewhere && !bpf_get_current_task_btf()->bpf_storage;
#else
    return false;
#endif
}

/* `for_life`: programs on cgroups may not read what a task keeps (before 6.16), and go by the cgroup alone. */
GH_INLINE struct gh_session *gh_scope_at_length(const bool for_life)
{
    struct cgroup *cgroup = gh_cgroup();
    bool keeps = for_life && bpf_get_current_task_btf()->bpf_storage;
    int index;

    if (keeps && gh_strangers) {
        index = gh_scope_for_life();
        if (index >= 0)
            return gh_session_at(index);
    }

    if (cgroup->level > gh_root_level && gh_ancestor(cgroup, gh_root_level) == gh_root_id) {
#ifdef GH_FAST
        gh_root_at = GH_WORD(gh_ancestor_at(cgroup, gh_root_level));
#endif
        return gh_session_of(gh_ancestor(cgroup, gh_root_level + 1));
    }
    index = gh_controls.elsewhere ? gh_scope_elsewhere() : 0;
    if (!index && keeps) {
        index = gh_scope_for_life();
        return index < 0 ? 0 : gh_session_at(index);
    }
    return index ? gh_session_at(index) : 0;
}

GH_INLINE struct gh_session *gh_scope_below(__u64 top)
{
    struct gh_session *session;
    __u16 *place;
    __u64 id;
    __u32 *index;

    if (!top || gh_strangers)
        return gh_scope_at_length(true);
    id = GH_GET(kernfs_node, (__u64)GH_GET(cgroup, top, kn), id);
    place = &gh_places[id & 255]; /* a look-up in the hash costs a hundred instructions */
    session = gh_session_at(*place);
    if (session && session->cgroup == id)
        return session;
    index = bpf_map_lookup_elem(&gh_scopes, &id);
    if (!index)
        return gh_scope_at_length(true);
    *place = *index;
    return gh_session_at(*index);
}

GH_INLINE struct gh_session *gh_scope(void)
{
    __u64 top;

    return gh_is_outside(&top) ? 0 : gh_scope_below(top);
}

#endif
