/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel struct fields that Gatehouse reads, relocated at load: our whole kernel surface.
 * It must never grow a field that no hook reads. */
#ifndef GH_KERNEL_H
#define GH_KERNEL_H

#include "bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* ---- files ---- */
struct hlist_bl_node {
    struct hlist_bl_node *next, **pprev;
};
struct qstr {
    union {
        struct {
            __u32 hash, len;
        };
        __u64 hash_len;
    };
    const unsigned char *name;
};
struct inode {
    __u16 i_mode;
    unsigned int i_nlink;
    unsigned long i_ino;
    __u32 i_rdev;
};
struct super_block {
    unsigned long s_flags, s_magic;
    __u32 s_dev;
    struct dentry *s_root;
};
struct dentry {
    unsigned int d_flags;
    struct hlist_bl_node d_hash;
    struct dentry *d_parent;
    struct qstr d_name;
    struct inode *d_inode;
    struct super_block *d_sb;
};
struct vfsmount {
    struct dentry *mnt_root;
    struct super_block *mnt_sb;
};
struct path {
    struct vfsmount *mnt;
    struct dentry *dentry;
};
struct list_head {
    struct list_head *next, *prev;
};
struct ns_common {
    unsigned int inum;
};
struct mnt_namespace {
    struct ns_common ns;
};
struct mount {
    struct mount *mnt_parent;
    struct dentry *mnt_mountpoint;
    struct vfsmount mnt;
    struct list_head mnt_instance; /* until 6.16 */
    struct mount *mnt_next_for_sb; /* from 6.17 (kernel commit "Introduce struct mount lists") */
    struct mnt_namespace *mnt_ns;
};
/* The mounts of a file system: a list until 6.16, a chain from 6.17 (mnt_next_for_sb exists). */
struct super_block___list {
    struct list_head s_mounts;
};
struct super_block___chain {
    struct mount *s_mounts;
};
struct file {
    unsigned int f_mode;
    unsigned int f_flags;
    struct inode *f_inode;
    void *private_data;
    struct path f_path;
};
struct bpf_local_storage_elem {
    struct {
        int counter;
    } state; /* from 7.0 or so: see directory.bpf.c */
};
struct backing_file { /* from 6.5: overlayfs' own file beside the path that the user opened */
    struct file file;
    struct path user_path;
};
struct vm_area_struct {
    struct file *vm_file;
};
struct iattr {
    unsigned int ia_valid;
};
struct hlist_node {
    struct hlist_node *next, **pprev;
};
struct hlist_head {
    struct hlist_node *first;
};
struct upid {
    int nr;
};
struct pid {
    unsigned int level;
    struct hlist_head tasks[1]; /* the thread of this number; those of groups follow */
    struct upid numbers[1];     /* one per level of pid namespaces */
};
struct ctl_table_header;
struct proc_inode {
    struct pid *pid; /* null: not of a process */
    struct inode vfs_inode;
};
struct user_namespace {
    int level;
};
struct linux_binprm {
    struct mm_struct *mm; /* of the new image: from the start of execve until it takes over */
    unsigned long p;      /* lowest byte of the argument strings there */
    struct file *file;
    int argc;
    unsigned long exec; /* where the strings end: the program's name */
};
struct sockaddr;
struct sk_buff;
struct timespec64 { /* stands for "eight bytes" in read.h */
    __s64 tv_sec;
};

/* ---- tasks ---- */
struct kernfs_node {
    __u64 id;
};
struct cgroup {
    int level;
    struct kernfs_node *kn;
    struct cgroup *ancestors[];
};
struct css_set {
    struct cgroup *dfl_cgrp;
};
struct nsproxy {
    struct mnt_namespace *mnt_ns;
};
struct mm_struct {
    void *pgd;
    unsigned long arg_start, arg_end;
    struct file *exe_file;
};
struct cred;
struct bpf_local_storage;
struct thread_info {
    __u32 status; /* x86: TS_COMPAT */
};
struct tty_struct;
struct signal_struct {
    struct {
        int counter;
    } live; /* threads that have not exited */
    int group_exit_code;
    int nr_threads;
    struct tty_struct *tty; /* the controlling terminal */
};
struct sigaction {
    void *sa_handler;
};
struct k_sigaction {
    struct sigaction sa;
};
struct sighand_struct {
    struct k_sigaction action[64];
};
struct task_struct {
    struct thread_info thread_info;
    struct bpf_local_storage *bpf_storage; /* null: no BPF program keeps anything of this task */
    struct hlist_node pid_links[1];
    struct pid *thread_pid;
    unsigned int flags, ptrace;
    int pid, tgid;
    struct task_struct *real_parent, *group_leader;
    __u64 start_boottime;
    int exit_code;
    struct signal_struct *signal;
    struct sighand_struct *sighand;
    const struct cred *real_cred, *cred;
    struct mm_struct *mm;
    struct nsproxy *nsproxy;
    struct css_set *cgroups;
};
struct pt_regs {
    unsigned long r10, r9, r8, dx, si, di, orig_ax, ip, sp;
};

/* ---- what else a guard is given ---- */
struct kern_ipc_perm;
struct bpf_map {
    char name[16];
};
struct bpf_prog_aux {
    char name[16];
};
struct bpf_prog {
    struct bpf_prog_aux *aux;
};

/* ---- sockets ---- */
struct in6_addr {
    union {
        __u8 u6_addr8[16];
    } in6_u;
};
struct sock_common {
    unsigned short skc_family;
    unsigned char skc_state;
    __u16 skc_dport; /* network order */
    __u16 skc_num;   /* local port, host order */
    __u32 skc_daddr, skc_rcv_saddr;
    struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
};
struct sock_cgroup_data {
    struct cgroup *cgroup;
};
struct sock {
    struct sock_common __sk_common;
    __u16 sk_type;
    __u16 sk_protocol;
    struct sock_cgroup_data sk_cgrp_data; /* of the socket's maker */
};
struct socket {
    struct sock *sk;
};
struct sockaddr_un {
    __u16 sun_family;
    char sun_path[108];
};
struct unix_address {
    int len; /* of the name: family, then the path or a NUL and the abstract name */
    struct sockaddr_un name[];
};
struct unix_sock {
    struct unix_address *addr; /* null: not bound */
    struct sock *peer;         /* that it is connected to */
    struct path path;          /* where it was bound, unless the name is abstract */
};
struct msghdr {
    void *msg_name;
    int msg_namelen;
    unsigned int msg_flags;
};
struct request_sock {
    struct sock_common __req_common;
};

#pragma clang attribute pop

#define DCACHE_OP_REVALIDATE 0x4 /* in d_flags: the file system may find out that a name is gone */
#define EXT4_SUPER_MAGIC 0xef53
#define TMPFS_MAGIC 0x01021994
#define OVERLAYFS_SUPER_MAGIC 0x794c7630
#define CGROUP2_SUPER_MAGIC 0x63677270
#define CGROUP_SUPER_MAGIC 0x0027e0eb
#define BPF_FS_MAGIC 0xcafe4a11
#define PROC_SUPER_MAGIC 0x9fa0
#define SYSFS_MAGIC 0x62656572
#define DEBUGFS_MAGIC 0x64626720
#define TRACEFS_MAGIC 0x74726163
#define SECURITYFS_MAGIC 0x73636673
#define SELINUX_MAGIC 0xf97cff8c
#define CONFIGFS_MAGIC 0x62656570
#define EFIVARFS_MAGIC 0xde5e81e4
#define PSTOREFS_MAGIC 0x6165676c
#define MQUEUE_MAGIC 0x19800202
#define FMODE_READ 0x1
#define FMODE_WRITE 0x2
#define FMODE_CREATED 0x100000
#define FMODE_NOACCOUNT 0x20000000 /* the kernel's own open of a file behind another */
#define FMODE_EXEC_FLAG 0x20       /* in f_flags: __FMODE_EXEC */
#define O_TRUNC_FLAG 01000
#define O_TMPFILE_FLAG 020000000
#define SB_NOUSER (1ul << 31)
#define PROT_EXEC 0x4
#define PF_IO_WORKER 0x00000010
#define PF_KTHREAD 0x00200000
#define SIGKILL 9
#define SIGCONT 18
#define SIGSTOP 19
#define SIG_IGN 1 /* a handler's address lies above it */
#define RENAME_EXCHANGE 2
#define CLONE_INTO_CGROUP 0x200000000ull
#define PTRACE_MODE_NOAUDIT 0x04
/* enum kernel_read_file_id and kernel_load_data_id: alike, and never renumbered. */
#define READING_UNKNOWN 0
#define READING_FIRMWARE 1
#define READING_KEXEC_IMAGE 3
#define READING_KEXEC_INITRAMFS 4
#define READING_POLICY 5
#define READING_X509_CERTIFICATE 6
#define AF_UNSPEC 0
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define AF_NETLINK 16
#define AF_PACKET 17
#define AF_ALG 38
#define AF_VSOCK 40
#define NETLINK_ROUTE 0
#define SOCK_STREAM 1
#define SOCK_RAW 3
#define IPPROTO_ICMP 1
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_ICMPV6 58
#define IPPROTO_UDPLITE 136
#define IPPROTO_MPTCP 262
#define MSG_FASTOPEN 0x20000000
#define EACCES 13
#define EBUSY 16
#define EXDEV 18
#define S_IFMT 0170000
#define S_IFREG 0100000
#define S_IFDIR 0040000
#define S_IFCHR 0020000
#define S_IFBLK 0060000
#define TS_COMPAT 0x2
#define S_IFSOCK 0140000
#define EPERM 1
#define EAGAIN 11
#define ERESTARTNOINTR 513
#define NR_TRUNCATE 76
#define NR_TRUNCATE_32 92
#define NR_TRUNCATE64_32 193
#define NR_SENDMMSG 307
#define NR_IO_URING_ENTER 426
#define CAP_OPT_NOAUDIT 2
#define F_SETOWN 8
#define F_SETOWN_EX 15
#define FIOSETOWN 0x8901
#define SIOCSPGRP 0x8902
#define TIOCSTI 0x5412
#define TIOCLINUX 0x541c
#define FS_IOC_SETFLAGS 0x40086602
#define FS_IOC_SETVERSION 0x40087602
#define FS_IOC32_SETFLAGS 0x40046602
#define FS_IOC32_SETVERSION 0x40047602
#define FS_IOC_FSSETXATTR 0x401c5820
#define ATTR_MODE (1 << 0)
#define ATTR_UID (1 << 1)
#define ATTR_GID (1 << 2)
#define ATTR_SIZE (1 << 3)
#define ATTR_FORCE (1 << 9)
#define ATTR_KILL_PRIV (1 << 14)

#endif
