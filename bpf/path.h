/* SPDX-License-Identifier: GPL-2.0-only */
/* Dentry and mount → the components of the absolute path, leaf first, in a slot.
 * It must never guess: whatever is not a path from the task's mount namespace root has a reason. */
#ifndef GH_PATH_H
#define GH_PATH_H

#include "read.h"
#include "slot.h"

#define GH_IS_ERR(pointer) ((__u64)(pointer) >= (__u64)-4095)

/* On a mount of the kernel's own: pipes, sockets, memfd (NOUSER), nsfs, hugetlb (a root without a
 * mount)… The rest of those mounts are layers of overlayfs. */
GH_INLINE bool gh_is_pseudo(__u64 mount, __u64 dentry)
{
    __u64 sb = (__u64)GH_GET(mount, mount, mnt.mnt_sb);

    return GH_GET(super_block, sb, s_flags) & SB_NOUSER ||
           ((__u64)GH_GET(dentry, dentry, d_parent) == dentry &&
            (__u64)GH_GET(mount, mount, mnt.mnt_root) != dentry);
}

/* Walks from slot->dentry on slot->mnt; fills names and count. Returns a GH_REASON_* (RULE: found),
 * GH_WALK_INTERNAL or GH_WALK_ELSEWHERE. The caller checks that nothing moved meanwhile. */
int gh_walk(__u32 index);

/* overlayfs opens its own backing file on a mount that no path leads to */
#define GH_WALK_INTERNAL 100
/* GH_REQ_ALIAS only: the dentry does not lie below this mount's root */
#define GH_WALK_ELSEWHERE 101

/* Copies the path (or the name of what has none) to slot->text, slot->text_len bytes; a path longer
 * than GH_PATH_BYTES is cut and slot->cut set. */
int gh_text(__u32 index);

#endif
