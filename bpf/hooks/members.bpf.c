/* SPDX-License-Identifier: GPL-2.0-only */
/* Membership for life: who once was in a session keeps its mark, and so do all whom it starts.
 * It must never take a mark away but at the controller's word (GH_SWEEP_RELEASE). */
#include "hooks/members.h"

/* The mount namespace of a task, as a number that no pointer can dangle by. */
GH_INLINE __u32 gh_namespace_of(struct task_struct *task)
{
    struct nsproxy *proxy = 0;
    struct mnt_namespace *ns = 0;
    __u32 number = 0;

    bpf_probe_read_kernel(&proxy, sizeof(proxy), &task->nsproxy);
    if (proxy && !bpf_probe_read_kernel(&ns, sizeof(ns), &proxy->mnt_ns) && ns)
        bpf_probe_read_kernel(&number, sizeof(number), &ns->ns.inum);
    return number;
}

GH_INLINE bool gh_mark(struct task_struct *task, struct gh_session *session, __u32 home)
{
    struct gh_member mark = {.serial = session->serial, .index = session->index, .home = home};
    struct gh_member *member =
        bpf_task_storage_get(&gh_members, task, &mark, BPF_LOCAL_STORAGE_GET_F_CREATE);

    if (member && !member->serial) { /* released once */
        member->index = mark.index;
        member->home = mark.home;
        member->serial = mark.serial;
    }
    return member;
}

/* Before the child exists: the one place that can refuse. clone3 into a cgroup by an O_PATH descriptor,
 * which no open was judged for, is refused here too. */
SEC("lsm/task_alloc")
int BPF_PROG(gh_task_alloc, struct task_struct *task, unsigned long flags)
{
    struct gh_session *session = gh_scope();
    struct gh_member *parent;
    __u32 home;
    int verdict;

    if (!session)
        return 0;
    if (flags & CLONE_INTO_CGROUP) {
        verdict = gh_privilege(session, GH_PRIVILEGE_CGROUPS, 0);
        if (verdict != GH_GO)
            return gh_errno(verdict, -EPERM);
    }
    parent = gh_member();
    home = parent ? parent->home : gh_namespace_of(bpf_get_current_task_btf());
    return gh_mark(task, session, home) ? 0 : -EAGAIN;
}

/* Whoever starts a process in a session's cgroup from outside, as `run` does: the child is not awake yet. */
GH_INLINE void gh_mark_arrival(struct task_struct *parent, struct task_struct *child)
{
    __u64 cgroup = gh_cgroup_of(child);
    struct gh_session *session = cgroup != gh_cgroup_of(parent) ? gh_session_above(cgroup) : 0;

    if (session)
        gh_mark(child, session, gh_namespace_of(child));
}

/* A process was moved to another cgroup, by somebody outside. The kernel tells of its first thread alone. */
SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(gh_cgroup_attach_task, struct cgroup *to, const char *path, struct task_struct *task)
{
    struct gh_member *member = bpf_task_storage_get(&gh_members, task, 0, 0);
    struct gh_session *session = gh_session_above(gh_cgroup_of(task));

    if (!member || !member->serial) {
        if (session)
            gh_mark(task, session, gh_namespace_of(task));
    } else if (!session || member->serial != session->serial) {
        __sync_fetch_and_add(&gh_controls.strayed, 1);
        if (session)
            gh_strangers = 1;
    }
    return 0;
}

/* What the controller reads to mark the tasks of a cgroup that it attaches, and to find or free members. */
SEC("iter/task")
int gh_sweep(struct bpf_iter__task *ctx)
{
    struct task_struct *task = ctx->task;
    struct seq_file *out = ctx->meta->seq;
    struct gh_session *session;
    struct gh_member *member;

    if (!task)
        return 0;
    if (gh_controls.sweep == GH_SWEEP_LABEL) {
        session = gh_session_above(gh_cgroup_of(task));
        if (session && session->serial == gh_controls.sweep_serial)
            gh_mark(task, session, gh_namespace_of(task));
        return 0;
    }
    member = bpf_task_storage_get(&gh_members, task, 0, 0);
    if (!member || member->serial != gh_controls.sweep_serial)
        return 0;
    /* Not deleted: where two CPUs take off one task's storage, 7.3 can meet a null pointer (directory.bpf.c). */
    if (gh_controls.sweep == GH_SWEEP_RELEASE)
        member->serial = 0;
    else if (task->pid == task->tgid)
        BPF_SEQ_PRINTF(out, "%d\n", task->tgid);
    return 0;
}
