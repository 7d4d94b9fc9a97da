/* SPDX-License-Identifier: GPL-2.0-only */
/* What the hooks share: one path request, from its lease to its release.
 * It must never hold a hook of its own. */
#ifndef GH_HOOKS_REQUEST_H
#define GH_HOOKS_REQUEST_H

#include "decide.h"
#include "held.h"
#include "interface.h"
#include "read.h"

/* x86-64: a call by the 32-bit entry, whose numbers mean other calls. */
#define GH_CALL_32 0x40000000

/* Number of the current system call. */
GH_INLINE int gh_call(void)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
    int entry = task->thread_info.status & TS_COMPAT ? GH_CALL_32 : 0;

    return (int)regs->orig_ax | entry;
}

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
    if (dentry)
        slot->held = gh_held_of(slot->policy, dentry, mnt);
    slot->directory = GH_NO_STATE;
    return slot;
}

/* `flags`: GH_REQ_SELF, or none. */
GH_INLINE int gh_privilege(struct gh_session *session, __u32 which, __u32 flags)
{
    struct gh_slot *slot;
    int index, verdict;

    slot = gh_request(session, GH_PRIVILEGE, &index);
    if (!slot)
        return gh_decide_busy(session->policy) == GH_GO ? GH_GO : GH_MAY_NOT;
    slot->privilege = which;
    slot->flags = flags;
    verdict = gh_decide_privilege(index);
    gh_release(slot);
    return verdict == GH_GO ? GH_GO : GH_MAY_NOT;
}

/* What the file needs beside its path (interface.h). */
GH_INLINE int gh_reach(struct gh_session *session, __u64 dentry, __u32 accesses)
{
    int privilege = gh_interface_of(dentry, accesses, session->serial);

    return privilege < 0 ? GH_GO : gh_privilege(session, privilege, 0);
}

/* GH_REQ_ALIAS in flags: mnt is not known. */
GH_INLINE int gh_path(struct gh_session *session, __u64 dentry, __u64 mnt, __u32 accesses,
                      __u32 flags)
{
    struct gh_slot *slot;
    int index, verdict = gh_reach(session, dentry, accesses);

    if (verdict != GH_GO)
        return verdict;
    slot = gh_path_request(session, dentry, mnt, accesses, flags, &index);
    if (!slot)
        return gh_decide_busy(session->policy);
    verdict = flags & GH_REQ_ALIAS ? gh_decide_alias(index) : gh_decide(index);
    gh_release(slot);
    return verdict;
}

#endif
