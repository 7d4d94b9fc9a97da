/* SPDX-License-Identifier: GPL-2.0-only */
/* Looks a file up by what it is, where it may have a second name. It must never answer for a directory:
 * below one, each file is looked up for itself. */
#include "held.h"

GH_INLINE bool gh_is_part(__u64 mnt, __u64 sb)
{
    return mnt && (__u64)GH_GET(vfsmount, mnt, mnt_root) != (__u64)GH_GET(super_block, sb, s_root);
}

static __noinline __u32 gh_held_of(__u32 policy, __u64 dentry, __u64 mnt)
{
    __u64 inode = (__u64)GH_GET(dentry, dentry, d_inode), sb = (__u64)GH_GET(dentry, dentry, d_sb);
    struct gh_file_key key = {};
    __u32 *outcome;

    if (!inode || (GH_GET(inode, inode, i_mode) & S_IFMT) == S_IFDIR)
        return GH_NO_STATE;
    if (GH_GET(inode, inode, i_nlink) < 2 && !gh_is_part(mnt, sb))
        return GH_NO_STATE;
    key.inode = GH_GET(inode, inode, i_ino);
    key.device = GH_GET(super_block, sb, s_dev);
    key.policy = policy;
    outcome = bpf_map_lookup_elem(&gh_held, &key);
    return outcome ? *outcome : GH_NO_STATE;
}
