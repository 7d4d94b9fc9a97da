/* SPDX-License-Identifier: GPL-2.0-only */
/* Hooks that give a file another name: rename and link, both ends judged.
 * They must never let the new name allow what the old one forbids (gh_judge, GH_REASON_GAINS). */
#include "hooks/request.h"

struct gh_end {
    __u64 mnt, dentry;
    __u32 accesses;
    bool tree, socket;
};

/* `from` first; then `to`, which must not gain over it. A tree that would come under other rules: GH_COPY,
 * answered with EXDEV as overlayfs does for directories of two layers. mv then copies, name by name. */
GH_INLINE int gh_move(struct gh_session *session, struct gh_end from, struct gh_end to)
{
    struct gh_slot *slot;
    int index, verdict;

    slot = gh_request(session, 0, &index);
    if (!slot)
        return gh_decide_busy(session->policy);
    slot->dentry = from.dentry;
    slot->mnt = from.mnt;
    slot->accesses = from.accesses;
    slot->held = gh_held_of(slot->policy, from.dentry, from.mnt);
    slot->flags = GH_REQ_LEAF_FREE; /* linkat may name an O_TMPFILE file */
    if (from.tree)
        slot->flags |= GH_REQ_TREE;
    if (from.socket)
        slot->flags |= GH_REQ_SOCKET;
    slot->below = GH_NO_STATE;
    verdict = gh_decide(index);
    if (verdict == GH_GO) {
        slot->before = slot->outcome;
        if (from.tree)
            slot->below_before = slot->below;
        slot->below = GH_NO_STATE;
        slot->dentry = to.dentry;
        slot->mnt = to.mnt;
        slot->accesses = to.accesses;
        slot->held = gh_held_of(slot->policy, to.dentry, to.mnt);
        verdict = gh_decide(index);
        if (verdict == GH_STOP && slot->reason == GH_REASON_MOVES)
            verdict = GH_COPY;
    }
    gh_release(slot);
    return verdict;
}

GH_INLINE bool gh_is_of(struct dentry *dentry, __u16 type)
{
    struct inode *inode = dentry->d_inode;

    return inode && (inode->i_mode & S_IFMT) == type;
}

SEC("lsm/path_link")
int BPF_PROG(gh_path_link, struct dentry *old, const struct path *dir, struct dentry *new)
{
    struct gh_session *session = gh_scope();
    struct gh_end from, to;

    if (!session)
        return 0;
    /* linkat refuses to cross mounts (EXDEV): both ends are on this one. */
    from = (struct gh_end){(__u64)dir->mnt, (__u64)old, BIT(GH_METADATA), false,
                           gh_is_of(old, S_IFSOCK)};
    to = (struct gh_end){(__u64)dir->mnt, (__u64) new, BIT(GH_CREATE), false, false};
    return gh_errno(gh_move(session, from, to), -EACCES);
}

SEC("lsm/path_rename")
int BPF_PROG(gh_path_rename, const struct path *old_dir, struct dentry *old,
             const struct path *new_dir, struct dentry *new, unsigned int flags)
{
    struct gh_session *session = gh_scope();
    struct gh_end from, to;
    int verdict;

    if (!session)
        return 0;
    verdict = gh_reach(session, (__u64)old, BIT(GH_DELETE));
    if (verdict != GH_GO)
        return gh_errno(verdict, -EPERM);
    from = (struct gh_end){(__u64)old_dir->mnt, (__u64)old, BIT(GH_DELETE), gh_is_of(old, S_IFDIR),
                           gh_is_of(old, S_IFSOCK)};
    to = (struct gh_end){(__u64)new_dir->mnt, (__u64) new, BIT(GH_CREATE), gh_is_of(new, S_IFDIR),
                         gh_is_of(new, S_IFSOCK)};
    if (new->d_inode)
        to.accesses |= BIT(GH_DELETE);
    verdict = gh_move(session, from, to);
    if (verdict == GH_GO && flags & RENAME_EXCHANGE) {
        from.accesses |= BIT(GH_CREATE);
        verdict = gh_move(session, to, from);
    }
    return verdict == GH_COPY ? -EXDEV : gh_errno(verdict, -EACCES);
}
