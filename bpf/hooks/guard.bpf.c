/* SPDX-License-Identifier: GPL-2.0-only */
/* Guards: operations that would undo the rules on paths or leave the session, each one privilege.
 * They must never judge what a session does to its own processes, nor what the kernel does by itself. */
#include "hooks/guard.h"
#include "read.h"

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

/* Links have no hook: whoever gets at one by its number or its pin could detach it. */
SEC("lsm/bpf")
int BPF_PROG(gh_bpf, int command)
{
    struct gh_session *session = gh_scope();
    bool reaches = command == BPF_LINK_GET_FD_BY_ID || command == BPF_OBJ_GET;

    if (!session)
        return 0;
    return gh_errno(gh_privilege(session, GH_PRIVILEGE_BPF, reaches ? GH_REQ_SELF : 0), -EPERM);
}

GH_INLINE int gh_guard_named(__u64 name)
{
    struct gh_session *session = gh_scope();

    if (!session || (GH_WORD(name) & 0xffffff) != 0x5f6867 /* "gh_" */)
        return 0;
    return gh_errno(gh_privilege(session, GH_PRIVILEGE_BPF, GH_REQ_SELF), -EPERM);
}

SEC("lsm/bpf_map")
int BPF_PROG(gh_bpf_map, struct bpf_map *map) { return gh_guard_named((__u64)&map->name); }

SEC("lsm/bpf_prog")
int BPF_PROG(gh_bpf_prog, struct bpf_prog *prog)
{
    return gh_guard_named((__u64)prog->aux + bpf_core_field_offset(struct bpf_prog_aux, name));
}

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

/* Also what reads through /proc/PID: mem, environ, root, fd, and the namespaces for setns. */
SEC("lsm/ptrace_access_check")
int BPF_PROG(gh_ptrace_access_check, struct task_struct *target, unsigned int mode)
{
    struct gh_session *session = gh_scope();

    if (!session || gh_is_inside(session, target))
        return 0;
    if (mode & PTRACE_MODE_NOAUDIT) /* the caller only hides something: `ps` would flood the log */
        return gh_errno(gh_may(session->policy, GH_PRIVILEGE_PTRACE) ? GH_GO : GH_MAY_NOT, -EPERM);
    return gh_errno(gh_privilege(session, GH_PRIVILEGE_PTRACE, gh_self(target)), -EPERM);
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
    return gh_errno(gh_privilege(session, GH_PRIVILEGE_SIGNAL, gh_self(target)), -EPERM);
}

SEC("lsm/key_alloc")
int gh_key_alloc(void *ctx) { return gh_guard(GH_PRIVILEGE_KEYRINGS); }

SEC("lsm/key_permission")
int gh_key_permission(void *ctx) { return gh_guard(GH_PRIVILEGE_KEYRINGS); }

/* Files without a name: userfaultfd, and io_uring where that has no hook of its own. */
SEC("lsm/inode_init_security_anon")
int BPF_PROG(gh_inode_init_security_anon, struct inode *inode, const struct qstr *name)
{
    __u64 first = GH_WORD((__u64)name->name);

    if (first == 0x756166726573755bull) /* "[userfau" */
        return gh_guard(GH_PRIVILEGE_USERFAULTFD);
    return first == 0x6e6972755f6f695bull /* "[io_urin" */ ? gh_guard(GH_PRIVILEGE_IO_URING) : 0;
}

SEC("?lsm/uring_allowed")
int gh_uring_allowed(void *ctx) { return gh_guard(GH_PRIVILEGE_IO_URING); }
