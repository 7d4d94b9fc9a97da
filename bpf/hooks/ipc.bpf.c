/* SPDX-License-Identifier: GPL-2.0-only */
/* System V objects belong to the session that made them; POSIX queues to nobody, so they need the privilege.
 * It must never let an object pass whose maker it could not keep. */
#include "hooks/guard.h"

GH_INLINE int gh_made(struct kern_ipc_perm *object)
{
    struct gh_session *session = gh_scope();
    __u64 key = (__u64)object, serial;

    if (!session)
        return 0;
    serial = session->serial;
    bpf_map_update_elem(&gh_ipc, &key, &serial, BPF_ANY);
    return 0;
}

GH_INLINE int gh_freed(struct kern_ipc_perm *object)
{
    __u64 key = (__u64)object;

    bpf_map_delete_elem(&gh_ipc, &key);
    return 0;
}

/* 0: no object (IPC_INFO). Read as a number: the verifier takes an argument for what is never null. */
GH_INLINE int gh_used(unsigned long long *ctx)
{
    struct gh_session *session = gh_scope();
    __u64 key = 0, *maker;

    if (!session)
        return 0;
    bpf_probe_read_kernel(&key, sizeof(key), &ctx[0]);
    if (!key)
        return 0;
    maker = bpf_map_lookup_elem(&gh_ipc, &key);
    if (maker && *maker == session->serial)
        return 0;
    return gh_errno(gh_privilege(session, GH_PRIVILEGE_IPC, 0), -EPERM);
}

SEC("lsm/shm_alloc_security")
int BPF_PROG(gh_shm_alloc, struct kern_ipc_perm *object) { return gh_made(object); }

SEC("lsm/msg_queue_alloc_security")
int BPF_PROG(gh_msg_queue_alloc, struct kern_ipc_perm *object) { return gh_made(object); }

SEC("lsm/sem_alloc_security")
int BPF_PROG(gh_sem_alloc, struct kern_ipc_perm *object) { return gh_made(object); }

SEC("lsm/shm_free_security")
int BPF_PROG(gh_shm_free, struct kern_ipc_perm *object) { return gh_freed(object); }

SEC("lsm/msg_queue_free_security")
int BPF_PROG(gh_msg_queue_free, struct kern_ipc_perm *object) { return gh_freed(object); }

SEC("lsm/sem_free_security")
int BPF_PROG(gh_sem_free, struct kern_ipc_perm *object) { return gh_freed(object); }

SEC("lsm/ipc_permission")
int gh_ipc_permission(unsigned long long *ctx) { return gh_used(ctx); }

/* IPC_SET and IPC_RMID ask for no permission, only for the owner. */
SEC("lsm/shm_shmctl")
int gh_shm_shmctl(unsigned long long *ctx) { return gh_used(ctx); }

SEC("lsm/msg_queue_msgctl")
int gh_msg_queue_msgctl(unsigned long long *ctx) { return gh_used(ctx); }

SEC("lsm/sem_semctl")
int gh_sem_semctl(unsigned long long *ctx) { return gh_used(ctx); }

/* mq_unlink has no hook on paths. */
SEC("lsm/inode_unlink")
int BPF_PROG(gh_inode_unlink, struct inode *directory, struct dentry *dentry)
{
    return dentry->d_sb->s_magic == MQUEUE_MAGIC ? gh_guard(GH_PRIVILEGE_IPC) : 0;
}
