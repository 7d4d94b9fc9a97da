/* SPDX-License-Identifier: GPL-2.0-only */
/* The walk up to the root of the task's mount namespace, over mounts, never over fs->root.
 * It must never stop early with success: every way out but the namespace's root is a reason. */
#include "path.h"
#include "read.h"
#include "scope.h"

#define GH_WALKING 0
#define GH_WALKED 1
#define GH_FAILED(reason) (2 + (reason))

struct gh_walker {
    __u64 dentry, mount, root; /* root: of the mount that we are on */
    __u32 flags;
};

/* One component up, or out of a mount. */
GH_INLINE int gh_walk_step(struct gh_slot *slot, struct gh_walker *w)
{
    /* Read back from memory each time: a count that the verifier can follow would have it follow
     * all 2,048 rounds one by one. */
    __u64 parent, at = *(volatile __u32 *)&slot->count;

    if (w->dentry == w->root) {
        parent = (__u64)GH_GET(mount, w->mount, mnt_parent);
        if (parent == w->mount)
            return GH_WALKED;
        w->dentry = (__u64)GH_GET(mount, w->mount, mnt_mountpoint);
        w->mount = parent;
        w->root = (__u64)GH_GET(mount, w->mount, mnt.mnt_root);
        return w->dentry && w->root ? GH_WALKING : GH_FAILED(GH_REASON_FAULT);
    }
    parent = (__u64)GH_GET(dentry, w->dentry, d_parent);
    if (!parent)
        return GH_FAILED(GH_REASON_FAULT);
    if (parent == w->dentry)
        return GH_FAILED(GH_REASON_DETACHED);
    if (!GH_GET(dentry, w->dentry, d_hash.pprev) && (at || !(w->flags & GH_REQ_LEAF_FREE)))
        return GH_FAILED(GH_REASON_DELETED);
    if (at >= GH_MAX_DEPTH)
        return GH_FAILED(GH_REASON_TOO_LONG);
    GH_BOUND(at, GH_MAX_DEPTH - 1);
    slot->names[at] = w->dentry;
    slot->count = at + 1;
    w->dentry = parent;
    return GH_WALKING;
}

/* A file of the namespace that the task had when it came into its session has a name there, and is judged by
 * it: programs that make a mount namespace (bubblewrap) go on with what they opened before. In any other
 * the names are somebody else's. */
GH_INLINE bool gh_is_home(__u64 ns)
{
    struct gh_member *member = gh_member();

    return member && member->home && member->home == GH_GET(mnt_namespace, ns, ns.inum);
}

/* Is the mount part of the task's namespace at all? */
GH_INLINE int gh_judge_mount(struct gh_slot *slot, __u64 mount)
{
    __u64 ns = (__u64)GH_GET(mount, mount, mnt_ns), dentry = slot->dentry;

    if (ns == (__u64)bpf_get_current_task_btf()->nsproxy->mnt_ns)
        return GH_REASON_RULE;
    if (!ns)
        return GH_REASON_DETACHED;
    if (!GH_IS_ERR(ns))
        return gh_is_home(ns) ? GH_REASON_RULE : GH_REASON_FOREIGN;
    if (gh_is_pseudo(mount, dentry))
        return GH_REASON_UNNAMED;
    /* Overlayfs opening the file behind the one that was just judged. */
    return slot->flags & GH_REQ_OPEN ? GH_WALK_INTERNAL : GH_REASON_FOREIGN;
}

#ifndef GH_FAST
/* 6.1 takes what a callback's stack context holds for constant: all state lies in the slot. */
static long gh_walk_again(__u32 i, void *context)
{
    struct gh_slot *slot = gh_slot_at(*(__u32 *)context);
    struct gh_walker w;

    if (!slot)
        return 1;
    w.dentry = slot->walk[0];
    w.mount = slot->walk[1];
    w.root = slot->walk[2];
    w.flags = slot->flags;
    slot->done = gh_walk_step(slot, &w);
    slot->walk[0] = w.dentry;
    slot->walk[1] = w.mount;
    slot->walk[2] = w.root;
    return slot->done != GH_WALKING;
}
#endif

__noinline int gh_walk(__u32 index)
{
    struct gh_slot *slot = gh_slot_at(index);
    struct gh_walker w = {};
    int reason, done = GH_WALKING;

    if (!slot)
        return GH_REASON_BUSY;
    w.flags = slot->flags;
    w.dentry = slot->dentry;
    w.mount = slot->mnt - bpf_core_field_offset(struct mount, mnt);
    reason = gh_judge_mount(slot, w.mount);
    slot->count = 0;
    if (reason == GH_REASON_UNNAMED) {
        slot->names[0] = w.dentry;
        slot->count = 1;
    }
    if (reason != GH_REASON_RULE)
        return reason;
    w.root = (__u64)GH_GET(mount, w.mount, mnt.mnt_root);
#ifdef GH_FAST
    do {
        GH_MAY_GOTO(out);
        done = gh_walk_step(slot, &w);
    } while (done == GH_WALKING);
out:;
#else
    slot->walk[0] = w.dentry;
    slot->walk[1] = w.mount;
    slot->walk[2] = w.root;
    slot->done = GH_WALKING;
    bpf_loop(2 * GH_MAX_DEPTH, gh_walk_again, &index, 0);
    done = slot->done;
#endif
    if (done == GH_WALKED)
        return GH_REASON_RULE;
    if (done == GH_WALKING)
        return GH_REASON_TOO_LONG;
    if (done == GH_FAILED(GH_REASON_DETACHED) && slot->flags & GH_REQ_ALIAS)
        return GH_WALK_ELSEWHERE;
    return done - 2;
}

/* Copies one component; text_len rises. */
static long gh_text_again(__u32 i, void *context)
{
    struct gh_slot *slot = gh_slot_at(*(__u32 *)context);
    __u64 at, to, len, dentry;

    if (!slot || !slot->at)
        return 1;
    at = --slot->at;
    GH_BOUND(at, GH_MAX_DEPTH - 1);
    dentry = slot->names[at];
    to = slot->text_len;
    len = GH_GET(dentry, dentry, d_name.len);
    if (to + len + 1 > GH_PATH_BYTES) {
        slot->cut = 1;
        return 1;
    }
    GH_BOUND(to, GH_PATH_BYTES - 1);
    GH_BOUND(len, 255);
    if (slot->reason != GH_REASON_UNNAMED)
        slot->text[to++] = '/';
    bpf_probe_read_kernel(&slot->text[to], len, GH_GET(dentry, dentry, d_name.name));
    slot->text_len = to + len;
    return 0;
}

__noinline int gh_text(__u32 index) /* 0, or a reason why there is no text */
{
    struct gh_slot *slot = gh_slot_at(index);

    if (!slot)
        return GH_REASON_BUSY;
    if (!slot->dentry)
        return GH_REASON_RULE; /* an endpoint: the key is the text */
    slot->at = slot->count;
    slot->text_len = 0;
    slot->cut = 0;
    /* No component: the root itself, or a file whose walk failed at once, which has no text. */
    if (!slot->count && (slot->reason < GH_REASON_DELETED || slot->reason == GH_REASON_GAINS)) {
        slot->text[0] = '/';
        slot->text_len = 1;
    }
    bpf_loop(GH_MAX_DEPTH, gh_text_again, &index, 0);
    return GH_REASON_RULE;
}
