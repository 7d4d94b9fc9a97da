/* SPDX-License-Identifier: GPL-2.0-only */
/* Files that a rule names literally are known by device and inode as well, so that a hard link or a bind
 * mount made before the session is no way around. It must never be looked up for a file with one name. */
#ifndef GH_HELD_H
#define GH_HELD_H

#include "maps.h"
#include "read.h"

/* Outcome of the name that a rule of the policy in this slot holds the file by; GH_NO_STATE: by none, or
 * it has no other name than the one by which it is reached. mnt 0: not known. */
static __u32 gh_held_of(__u32 policy, __u64 dentry, __u64 mnt);

/* False: gh_held_of need not be asked, the file has no other name. Its own test of that, by loads that a trusted path
 * makes cheap. (A directory has several names, and gh_held_of knows.) */
GH_INLINE bool gh_has_names(const struct path *path)
{
    struct dentry *dentry = path->dentry;

    return !dentry->d_inode || dentry->d_inode->i_nlink > 1 ||
           path->mnt->mnt_root != dentry->d_sb->s_root;
}

#endif
