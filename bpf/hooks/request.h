/* SPDX-License-Identifier: GPL-2.0-only */
/* What the hooks share: one path request, from its lease to its release.
 * It must never hold a hook of its own. */
#ifndef GH_HOOKS_REQUEST_H
#define GH_HOOKS_REQUEST_H

#include "decide.h"
#include "read.h"

#define BIT(access) (1u << GH_ACCESS_COLUMN(access))

GH_INLINE struct gh_slot *gh_path_request(struct gh_session *session, __u64 dentry, __u64 mnt,
                                          __u32 accesses, __u32 flags, int *index)
{
    struct gh_slot *slot = gh_request(session, 0, index);

    if (!slot)
        return 0;
    slot->dentry = dentry;
    slot->mnt = mnt;
    slot->accesses = accesses;
    slot->flags = flags;
    slot->directory = GH_NO_STATE;
    return slot;
}

/* GH_REQ_ALIAS in flags: mnt is not known. */
GH_INLINE int gh_path(struct gh_session *session, __u64 dentry, __u64 mnt, __u32 accesses,
                      __u32 flags)
{
    struct gh_slot *slot;
    int index, verdict;

    slot = gh_path_request(session, dentry, mnt, accesses, flags, &index);
    if (!slot)
        return gh_decide_busy(session->policy);
    verdict = flags & GH_REQ_ALIAS ? gh_decide_alias(index) : gh_decide(index);
    gh_release(slot);
    return verdict;
}

GH_INLINE int gh_privilege(struct gh_session *session, __u32 which)
{
    struct gh_slot *slot;
    int index, verdict;

    slot = gh_request(session, GH_PRIVILEGE, &index);
    if (!slot)
        return gh_decide_busy(session->policy) == GH_GO ? GH_GO : GH_MAY_NOT;
    slot->privilege = which;
    verdict = gh_decide_privilege(index);
    gh_release(slot);
    return verdict == GH_GO ? GH_GO : GH_MAY_NOT;
}

/* Who may write to a cgroup file system can leave the session, or freeze and kill others. */
GH_INLINE int gh_cgroups(struct gh_session *session, __u64 dentry)
{
    __u64 magic = GH_GET(super_block, (__u64)GH_GET(dentry, dentry, d_sb), s_magic);

    if (magic != CGROUP2_SUPER_MAGIC && magic != CGROUP_SUPER_MAGIC)
        return GH_GO;
    return gh_privilege(session, GH_PRIVILEGE_CGROUPS);
}

/* A path request that changes a directory, where that may be one of cgroups. */
GH_INLINE int gh_change(struct gh_session *session, __u64 dentry, __u64 mnt, __u32 accesses)
{
    int verdict = gh_cgroups(session, dentry);

    if (verdict != GH_GO)
        return verdict;
    return gh_path(session, dentry, mnt, accesses, GH_REQ_LEAF_FREE);
}

#endif
