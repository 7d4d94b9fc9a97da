/* SPDX-License-Identifier: GPL-2.0-only */
/* What is done by an open descriptor that its opening was not judged for, and descriptors that come in.
 * It must never ask the scope before it knows the command: ioctl and fcntl are everybody's daily bread. */
#include "hooks/guard.h"
#include "hooks/net.h"
#include "hooks/unix.h"
#include "read.h"

#define SOCKFS_MAGIC 0x534f434b
#define TCP_ESTABLISHED 1

GH_INLINE int gh_changes_flags(struct file *file)
{
    struct gh_session *session = gh_scope();

    if (!session)
        return 0;
    return gh_errno(
        gh_path(session, (__u64)file->f_path.dentry, (__u64)file->f_path.mnt, BIT(GH_METADATA), 0),
        -EACCES);
}

/* Who is to get SIGIO lies in the caller's memory, which can change after a look: never without the privilege. */
GH_INLINE int gh_ioctl(struct file *file, unsigned int command)
{
    switch (command) {
    case TIOCSTI:
    case TIOCLINUX:
        return gh_guard(GH_PRIVILEGE_TERMINAL_INPUT);
    case FIOSETOWN:
    case SIOCSPGRP:
        return gh_guard(GH_PRIVILEGE_SIGNAL);
    case FS_IOC_SETFLAGS:
    case FS_IOC_SETVERSION:
    case FS_IOC32_SETFLAGS:
    case FS_IOC32_SETVERSION:
    case FS_IOC_FSSETXATTR:
        return gh_changes_flags(file);
    }
    return 0;
}

SEC("lsm/file_ioctl")
int BPF_PROG(gh_file_ioctl, struct file *file, unsigned int command)
{
    return gh_ioctl(file, command);
}

/* A hook of its own from 6.8, and where stable kernels took that over. */
SEC("?lsm/file_ioctl_compat")
int BPF_PROG(gh_file_ioctl_compat, struct file *file, unsigned int command)
{
    return gh_ioctl(file, command);
}

/* The number of the current process as itself sees it. */
GH_INLINE int gh_own_number(void)
{
    __u64 pid = 0, at;

    bpf_probe_read_kernel(&pid, sizeof(pid), /* as a number */
                          &bpf_get_current_task_btf()->group_leader->thread_pid);
    at = pid + bpf_core_field_offset(struct pid, numbers);
    at += (GH_GET(pid, pid, level) & 63) * bpf_core_type_size(struct upid);
    return GH_GET(upid, at, nr);
}

SEC("lsm/file_fcntl")
int BPF_PROG(gh_file_fcntl, struct file *file, unsigned int command, unsigned long argument)
{
    if (command != F_SETOWN && command != F_SETOWN_EX)
        return 0;
    if (command == F_SETOWN && (!(int)argument || (int)argument == gh_own_number()))
        return 0;
    return gh_guard(GH_PRIVILEGE_SIGNAL);
}

/* A connected socket: as if it were connected now. Others are judged when they are used. */
GH_INLINE int gh_receive_socket(struct gh_session *session, __u64 file)
{
    __u64 sk = (__u64)GH_GET(socket, (__u64)GH_GET(file, file, private_data), sk);
    struct gh_endpoint end = {};
    __u16 family;
    __u64 peer;

    if (!sk)
        return GH_GO;
    family = GH_GET(sock, sk, __sk_common.skc_family);
    if (family == AF_UNIX) {
        peer = (__u64)GH_GET(unix_sock, sk, peer);
        return peer ? gh_peer(session, peer, GH_REQ_NO_ASK) : GH_GO;
    }
    if ((family != AF_INET && family != AF_INET6) ||
        GH_GET(sock, sk, __sk_common.skc_state) != TCP_ESTABLISHED)
        return GH_GO;
    end.v6 = family == AF_INET6;
    end.port = GH_GET(sock, sk, __sk_common.skc_dport);
    end.address[0] = GH_GET(sock, sk, __sk_common.skc_daddr);
    if (end.v6)
        bpf_probe_read_kernel(
            end.address, 16,
            (void *)(sk + bpf_core_field_offset(struct sock, __sk_common.skc_v6_daddr)));
    return gh_endpoint(session,
                       gh_protocol(GH_GET(sock, sk, sk_type), GH_GET(sock, sk, sk_protocol)),
                       GH_CONNECT, &end, GH_REQ_NO_ASK);
}

/* By SCM_RIGHTS or pidfd_getfd: as if it were opened now, but nobody can be asked, since the message is
 * taken already. A file that has no name any more is no matter of rules on names. */
SEC("lsm/file_receive")
int BPF_PROG(gh_file_receive, struct file *file)
{
    struct gh_session *session = gh_scope();
    struct dentry *dentry;
    __u32 accesses = 0;
    __u64 inode;

    if (!session)
        return 0;
    dentry = file->f_path.dentry;
    inode = (__u64)GH_GET(dentry, (__u64)dentry, d_inode);
    if (GH_GET(super_block, (__u64)GH_GET(dentry, (__u64)dentry, d_sb), s_magic) == SOCKFS_MAGIC)
        return gh_errno(gh_receive_socket(session, (__u64)file), -EACCES);
    if (file->f_mode & FMODE_READ)
        accesses |= BIT(GH_READ);
    if (file->f_mode & FMODE_WRITE)
        accesses |= BIT(GH_WRITE);
    if (!accesses || !inode || !GH_GET(inode, inode, i_nlink))
        return 0;
    return gh_errno(
        gh_path(session, (__u64)dentry, (__u64)file->f_path.mnt, accesses, GH_REQ_NO_ASK), -EACCES);
}
