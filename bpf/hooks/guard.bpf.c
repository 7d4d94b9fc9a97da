/* SPDX-License-Identifier: GPL-2.0-only */
/* Guards: operations that would undo the rules on paths or leave the session, each one privilege.
 * They must never judge what a session does to its own processes, nor what the kernel does by itself. */
#include "hooks/request.h"

GH_INLINE int gh_guard(__u32 privilege)
{
    struct gh_session *session = gh_scope();

    if (!session)
        return 0;
    return gh_errno(gh_privilege(session, privilege), -EPERM);
}

/* Files are judged by the names that they have in the task's mount namespace. A file system that is
 * mounted nowhere (fsmount, open_tree) gives no names: what is opened there is denied as detached. */
SEC("lsm/sb_mount")
int gh_sb_mount(void *ctx) { return gh_guard(GH_PRIVILEGE_MOUNT); }

SEC("lsm/sb_remount")
int gh_sb_remount(void *ctx) { return gh_guard(GH_PRIVILEGE_MOUNT); }

SEC("lsm/sb_umount")
int gh_sb_umount(void *ctx) { return gh_guard(GH_PRIVILEGE_MOUNT); }

SEC("lsm/sb_pivotroot")
int gh_sb_pivotroot(void *ctx) { return gh_guard(GH_PRIVILEGE_MOUNT); }

SEC("lsm/move_mount")
int gh_move_mount(void *ctx) { return gh_guard(GH_PRIVILEGE_MOUNT); }

SEC("lsm/userns_create")
int gh_userns_create(void *ctx) { return gh_guard(GH_PRIVILEGE_USER_NAMESPACES); }

SEC("lsm/bpf")
int gh_bpf(void *ctx) { return gh_guard(GH_PRIVILEGE_BPF); }

SEC("lsm/perf_event_open")
int gh_perf_event_open(void *ctx) { return gh_guard(GH_PRIVILEGE_PERF); }

/* Modules that the kernel asks for by itself are loaded by a process outside of every session. Ids that
 * are not known yet count as modules. */
GH_INLINE int gh_kernel_reads(__u64 id)
{
    switch ((__u32)id) {
    case READING_UNKNOWN:
    case READING_FIRMWARE:
    case READING_POLICY:
    case READING_X509_CERTIFICATE:
        return 0;
    case READING_KEXEC_IMAGE:
    case READING_KEXEC_INITRAMFS:
        return gh_guard(GH_PRIVILEGE_KEXEC);
    default:
        return gh_guard(GH_PRIVILEGE_MODULES);
    }
}

SEC("lsm/kernel_load_data")
int BPF_PROG(gh_kernel_load_data, int id) { return gh_kernel_reads(id); }

SEC("lsm/kernel_read_file")
int BPF_PROG(gh_kernel_read_file, struct file *file, int id) { return gh_kernel_reads(id); }

GH_INLINE bool gh_is_inside(struct gh_session *session, struct task_struct *task)
{
    struct gh_session *other;
    __u64 cgroup = 0;
    int scope;

    if (task->tgid == (int)(bpf_get_current_pid_tgid() >> 32))
        return true;
    bpf_probe_read_kernel(&cgroup, sizeof(cgroup), &task->cgroups->dfl_cgrp); /* as a number */
    scope = cgroup ? gh_scope_of_cgroup(cgroup) : 0;
    other = scope ? gh_session_at(scope) : 0;
    return other && other->serial == session->serial;
}

/* Also what reads through /proc/PID: mem, environ, root, fd, and the namespaces for setns. */
SEC("lsm/ptrace_access_check")
int BPF_PROG(gh_ptrace_access_check, struct task_struct *target, unsigned int mode)
{
    struct gh_session *session = gh_scope();

    if (!session || gh_is_inside(session, target))
        return 0;
    if (mode & PTRACE_MODE_NOAUDIT) /* the caller only hides something: `ps` would flood the log */
        return gh_errno(gh_may(session->policy, GH_PRIVILEGE_PTRACE) ? GH_GO : GH_MAY_NOT, -EPERM);
    return gh_errno(gh_privilege(session, GH_PRIVILEGE_PTRACE), -EPERM);
}

/* What the kernel sends (terminals, SIGCHLD, our own stops) never comes here. With credentials given (USB)
 * the current task is whoever was interrupted. The verifier takes an argument for a pointer that is never
 * null and would drop a comparison: read it as a number. */
SEC("lsm/task_kill")
int gh_task_kill(unsigned long long *ctx)
{
    struct task_struct *target = (struct task_struct *)ctx[0];
    struct gh_session *session = gh_scope();
    __u64 cred = 0;

    if (!session || gh_is_inside(session, target))
        return 0;
    bpf_probe_read_kernel(&cred, sizeof(cred), &ctx[3]);
    if (cred)
        return 0;
    return gh_errno(gh_privilege(session, GH_PRIVILEGE_SIGNAL), -EPERM);
}

/* clone3 into a cgroup by an O_PATH descriptor, which no open was judged for. */
SEC("lsm/task_alloc")
int BPF_PROG(gh_task_alloc, struct task_struct *task, unsigned long flags)
{
    return flags & CLONE_INTO_CGROUP ? gh_guard(GH_PRIVILEGE_CGROUPS) : 0;
}
