/* SPDX-License-Identifier: GPL-2.0-only */
/* What is remembered of a directory holds for one place: this mount, this policy, and neither a rename nor
 * a mount anywhere since. It must never be used without the checks of the file itself, which are not kept. */
#include "directory.h"
#include "match.h"
#include "path.h"
#include "sequence.h"

#ifdef GH_FAST

/* Where the kernel's storage has this field, taking off what another CPU takes off at the same moment ends in
 * a null pointer (seen on 7.3, in bpf_selem_unlink): nothing is kept there, and each path is walked. */
GH_INLINE bool gh_keeps_directories(void)
{
    return !bpf_core_field_exists(((struct bpf_local_storage_elem *)0)->state);
}

/* The sequence numbers have 32 bits. Within one of these periods (16 to 164 s, by the kernel's HZ) they
 * cannot come round: that takes 2^31 renames. */
GH_INLINE __u64 gh_judged_by(__u32 number)
{
    return (__u64)number << 32 | (__u32)(bpf_jiffies64() >> 14);
}

/* Where the automaton stands, if this is the place and the policy. Read between two looks at the version:
 * fields of two writers never mix. GH_NO_STATE: not for us. */
GH_INLINE __u32 gh_recall(struct gh_directory *directory, __u64 mnt, __u32 number, __u64 *moves)
{
    volatile struct gh_directory *d = directory;
    __u64 version = d->version;
    __u32 state = d->state;

    *moves = d->moves;
    if (version & 1 || d->mnt != mnt ||
        d->namespace != (__u64)bpf_get_current_task_btf()->nsproxy->mnt_ns ||
        d->judged_by != gh_judged_by(number))
        return GH_NO_STATE;
    barrier(); /* x86 keeps loads in order */
    return d->version == version ? state : GH_NO_STATE;
}

/* Allowed in every column that is asked for, and no cell wants to be reported. */
GH_INLINE bool gh_all_allowed(__u32 outcome, __u32 accesses)
{
    struct gh_outcome *cells = bpf_map_lookup_elem(&gh_outcomes, &outcome);

    if (!cells)
        return false;
    for (__u32 column = 0; column < 6 && accesses >> column; column++)
        if (accesses & (1u << column) && (cells->cell[column].verdict | cells->cell[column].flags))
            return false;
    return true;
}

/* The sequence numbers need one look, at the end: if they are what they were when the directory was walked,
 * nothing has moved from then till now. So the mount is still in that namespace, too. A mount's root is
 * never below a directory on the same mount that was walked, unless it is its own parent.
 * No slot is leased: the policy's tables stay what they are because publishing waits for every hook that
 * runs (kernel/grace.h), and this hook does not sleep. */
GH_INLINE bool gh_is_known_allowed(const struct path *path, __u32 policy, __u32 accesses)
{
    struct gh_policy *live = bpf_map_lookup_elem(&gh_policies, &policy);
    struct dentry *dentry = path->dentry, *parent = dentry->d_parent;
    struct gh_directory *directory;
    __u64 moves;
    __u32 state;
    int outcome;

    if (!gh_keeps_directories())
        return false;
    if (!live || !live->generation || live->flags & GH_POLICY_LOG_ALLOW)
        return false;
    if (parent == dentry || !dentry->d_hash.pprev)
        return false;
    directory = bpf_inode_storage_get(&gh_directories, parent->d_inode, 0, 0);
    if (!directory)
        return false;
    state = gh_recall(directory, (__u64)path->mnt, live->number, &moves);
    if (state == GH_NO_STATE)
        return false;
    outcome = gh_match_leaf(path, state);
    return outcome >= 0 && gh_all_allowed(outcome, accesses) && gh_moves(gh_sequence()) == moves;
}

/* Can this directory, while a file in it is in use, lose its path only by a move? Where a name may be
 * revalidated, or a subvolume deleted with all that is in it (btrfs), a directory goes from above its files
 * and no sequence tells. And is the inode's memory kept for a grace period (not so on XFS, which reuses it
 * at once; see gh_remember)? Known of these three; overlayfs inherits revalidation name by name. */
GH_INLINE bool gh_is_lasting(__u64 dentry, __u64 root)
{
    __u64 sb = (__u64)GH_GET(dentry, dentry, d_sb), magic = GH_GET(super_block, sb, s_magic);

    if (magic == TMPFS_MAGIC || magic == EXT4_SUPER_MAGIC)
        return !(GH_GET(dentry, dentry, d_flags) & DCACHE_OP_REVALIDATE);
    if (magic != OVERLAYFS_SUPER_MAGIC)
        return false;
    while (dentry != root) { /* no look-up ends at a mount's root: its own flag says nothing */
        GH_MAY_GOTO(out);
        if (GH_GET(dentry, dentry, d_flags) & DCACHE_OP_REVALIDATE)
            return false;
        dentry = (__u64)GH_GET(dentry, dentry, d_parent);
    }
    return true;
out:
    return false;
}

/* The directory's storage. Its inode is held by the file in it for as long as that is not moved away. If it
 * was, the storage may just have been hung on an inode whose own was freed already, and would stay there
 * for ever: take it off again, while the inode's memory is still kept for this hook (RCU). */
GH_INLINE struct gh_directory *gh_directory_of(struct inode *inode, __u64 moves)
{
    struct gh_directory *directory =
        bpf_inode_storage_get(&gh_directories, inode, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

    if (gh_moves(gh_sequence()) == moves)
        return directory;
    bpf_inode_storage_delete(&gh_directories, inode);
    return 0;
}

__noinline int gh_remember(const struct path *path GH_TRUSTED, __u32 index)
{
    struct dentry *dentry = path->dentry, *parent = dentry->d_parent;
    struct gh_slot *slot = gh_slot_at(index);
    struct gh_directory *directory;
    struct inode *inode;
    __u64 mount, root, version;

    if (!gh_keeps_directories())
        return 0;
    if (!slot || slot->directory == GH_NO_STATE || gh_moves(gh_sequence()) != slot->moves)
        return 0;
    mount = slot->mnt - bpf_core_field_offset(struct mount, mnt);
    root = (__u64)GH_GET(mount, mount, mnt.mnt_root);
    inode = parent->d_inode;
    if (root == slot->dentry || !inode || !gh_is_lasting((__u64)parent, root))
        return 0;
    directory = gh_directory_of(inode, slot->moves);
    if (!directory)
        return 0;
    version = *(volatile __u64 *)&directory->version;
    if (version & 1 ||
        __sync_val_compare_and_swap(&directory->version, version, version + 1) != version)
        return 0; /* another fills it */
    directory->moves = slot->moves;
    directory->mnt = slot->mnt;
    directory->namespace = (__u64)bpf_get_current_task_btf()->nsproxy->mnt_ns;
    directory->judged_by = gh_judged_by(slot->number);
    directory->state = slot->directory;
    barrier();
    *(volatile __u64 *)&directory->version = version + 2;
    return 0;
}

#else

GH_INLINE bool gh_is_known_allowed(const struct path *path, __u32 policy, __u32 accesses)
{
    return false;
}

GH_INLINE int gh_remember(const struct path *path, __u32 index) { return 0; }

#endif
