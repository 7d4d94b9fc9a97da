/* SPDX-License-Identifier: GPL-2.0-only */
/* Tells device nodes, and the files of /proc, /sys, cgroups, bpffs and message queues, by what they are and
 * not by their names. It must never take a file system that it does not know for one of the kernel's. */
#include "interface.h"
#include "read.h"

#define GH_READS (1u << GH_READ | 1u << GH_EXEC)

/* null, zero, full, random, urandom; tty, ptmx; what lies in /dev/pts. */
GH_INLINE bool gh_is_harmless(__u32 major, __u32 minor)
{
    if (major == 1)
        return minor == 3 || minor == 5 || (minor >= 7 && minor <= 9);
    if (major == 5)
        return minor == 0 || minor == 2;
    return major >= 136 && major <= 143;
}

/* Below /proc/PID of a process in another session or none. Who is in none of its places any more, is gone. */
GH_INLINE int gh_proc_file(__u64 inode, __u64 serial)
{
    __u64 proc = inode - bpf_core_field_offset(struct proc_inode, vfs_inode);
    __u64 pid = (__u64)GH_GET(proc_inode, proc, pid), link, set;

    if (!pid)
        return GH_PRIVILEGE_SYSCTL;
    link = GH_WORD(pid + bpf_core_field_offset(struct pid, tasks));
    if (!link)
        return -1;
    link -= bpf_core_field_offset(struct task_struct, pid_links);
    set = (__u64)GH_GET(task_struct, link, cgroups);
    return gh_is_within(GH_WORD(set + bpf_core_field_offset(struct css_set, dfl_cgrp)), serial)
               ? -1
               : GH_PRIVILEGE_PTRACE;
}

/* What a process has open: its directory may be listed by whoever has its user, or root's capabilities. All
 * else of the kind asks the hook on ptrace. */
GH_INLINE bool gh_lists_descriptors(__u64 dentry)
{
    __u64 name = (__u64)GH_GET(dentry, dentry, d_name.name),
          len = GH_GET(dentry, dentry, d_name.len);

    return (GH_WORD(name) & 0xffff) == ('f' | 'd' << 8) && (len == 2 || len == 6); /* fd, fdinfo */
}

GH_INLINE int gh_interface_changed(__u64 magic, __u64 inode, __u64 serial)
{
    switch (magic) {
    case CGROUP2_SUPER_MAGIC:
    case CGROUP_SUPER_MAGIC:
        return GH_PRIVILEGE_CGROUPS;
    case BPF_FS_MAGIC:
        return GH_PRIVILEGE_BPF;
    case PROC_SUPER_MAGIC:
        return inode ? gh_proc_file(inode, serial) : -1;
    case SYSFS_MAGIC:
    case DEBUGFS_MAGIC:
    case TRACEFS_MAGIC:
    case SECURITYFS_MAGIC:
    case SELINUX_MAGIC:
    case CONFIGFS_MAGIC:
    case EFIVARFS_MAGIC:
    case PSTOREFS_MAGIC:
        return GH_PRIVILEGE_SYSCTL;
    }
    return -1;
}

static __noinline int gh_interface_of(__u64 dentry, __u32 accesses, __u64 serial)
{
    __u64 inode = (__u64)GH_GET(dentry, dentry, d_inode);
    __u64 magic = GH_GET(super_block, (__u64)GH_GET(dentry, dentry, d_sb), s_magic);
    __u32 mode = inode ? GH_GET(inode, inode, i_mode) & S_IFMT : 0, device;

    if (mode == S_IFCHR || mode == S_IFBLK) {
        device = GH_GET(inode, inode, i_rdev);
        if (mode == S_IFBLK || !gh_is_harmless(device >> 20, device & 0xfffff))
            return accesses & (1u << GH_READ | 1u << GH_WRITE) ? GH_PRIVILEGE_DEVICES : -1;
    }
    if (magic == MQUEUE_MAGIC)
        return GH_PRIVILEGE_IPC;
    if (magic == PROC_SUPER_MAGIC && mode == S_IFDIR && gh_lists_descriptors(dentry))
        return gh_proc_file(inode, serial);
    return accesses & ~GH_READS ? gh_interface_changed(magic, inode, serial) : -1;
}
