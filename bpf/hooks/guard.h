/* SPDX-License-Identifier: GPL-2.0-only */
/* What the guards share: one privilege for an operation of the current task, and who is inside with it.
 * It must never hold a hook of its own. */
#ifndef GH_HOOKS_GUARD_H
#define GH_HOOKS_GUARD_H

#include "hooks/request.h"

GH_INLINE int gh_guard(__u32 privilege)
{
    struct gh_session *session = gh_scope();

    if (!session)
        return 0;
    return gh_errno(gh_privilege(session, privilege, 0), -EPERM);
}

GH_INLINE bool gh_is_inside(struct gh_session *session, struct task_struct *task)
{
    return task->tgid == (int)(bpf_get_current_pid_tgid() >> 32) ||
           gh_is_within(gh_cgroup_of(task), session->serial);
}

/* No policy opens the controller's own process. */
GH_INLINE __u32 gh_self(struct task_struct *task)
{
    return task->tgid == (int)gh_controls.controller ? GH_REQ_SELF : 0;
}

/* What is done to `task`: free within the session. */
GH_INLINE int gh_guard_task(__u32 privilege, struct task_struct *task)
{
    struct gh_session *session = gh_scope();

    if (!session || gh_is_inside(session, task))
        return 0;
    return gh_errno(gh_privilege(session, privilege, gh_self(task)), -EPERM);
}

/* overlayfs works on its layers with the mounter's credentials, after the user's own call was judged.
 * io_uring can borrow credentials too (a personality), and is judged. */
GH_INLINE bool gh_inside_overlay(void)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

    return task->cred != task->real_cred && !(task->flags & (PF_IO_WORKER | PF_KTHREAD)) &&
           regs->orig_ax != NR_IO_URING_ENTER;
}

#endif
