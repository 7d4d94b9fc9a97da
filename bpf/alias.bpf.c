/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds the names of a dentry whose mount a hook is not told (times, xattr, ACL), and decides by all of
 * them. It must never let one through of which no name was found. */
#include "decide.h"
#include "sequence.h"

/* A dentry without a mount (utimes, xattr, ACL: their hooks are given no more): every mount of its file
 * system in the task's namespace that shows it gives it a name, and each name must be allowed. */
#define GH_MAX_MOUNTS 4096

/* The two forms of the list are functions of their own, never inlined: clang would move a relocation
 * that fails on this kernel out of the branch that is not taken here. 0: no (further) mount. */
static __noinline __u64 gh_mount_in_list(__u64 sb, __u64 mount)
{
    __u64 head = sb + bpf_core_field_offset(struct super_block___list, s_mounts);
    __u64 next = mount ? (__u64)GH_GET(mount, mount, mnt_instance.next)
                       : (__u64)GH_GET(super_block___list, sb, s_mounts.next);

    return next == head ? 0 : next - bpf_core_field_offset(struct mount, mnt_instance);
}

static __noinline __u64 gh_mount_in_chain(__u64 sb, __u64 mount)
{
    return mount ? (__u64)GH_GET(mount, mount, mnt_next_for_sb)
                 : (__u64)GH_GET(super_block___chain, sb, s_mounts);
}

GH_INLINE __u64 gh_next_mount(__u64 sb, __u64 mount)
{
    return bpf_core_field_exists(((struct mount *)0)->mnt_next_for_sb)
               ? gh_mount_in_chain(sb, mount)
               : gh_mount_in_list(sb, mount);
}

/* Judges the name that one mount gives; slot->alias is that mount. */
static long gh_decide_again(__u32 i, void *context)
{
    __u32 index = *(__u32 *)context;
    struct gh_slot *slot = gh_slot_at(index);
    int verdict = GH_ELSEWHERE;
    __u64 mount;

    if (!slot)
        return 1;
    mount = slot->alias;
    if (!mount)
        return 1;
    if ((__u64)GH_GET(mount, mount, mnt_ns) == (__u64)bpf_get_current_task_btf()->nsproxy->mnt_ns) {
        slot->mnt = mount + bpf_core_field_offset(struct mount, mnt);
        verdict = gh_decide(index);
    }
    if (verdict != GH_ELSEWHERE)
        slot->named = verdict;
    slot->alias = gh_next_mount((__u64)GH_GET(dentry, slot->dentry, d_sb), mount);
    return verdict == GH_STOP || verdict == GH_RESTART;
}

/* GH_ELSEWHERE: no name at all. */
GH_INLINE int gh_decide_names(__u32 index, struct gh_slot *slot)
{
    slot->alias = gh_next_mount((__u64)GH_GET(dentry, slot->dentry, d_sb), 0);
    slot->named = GH_ELSEWHERE;
    bpf_loop(GH_MAX_MOUNTS, gh_decide_again, &index, 0);
    if (slot->named == GH_GO && slot->alias)
        return gh_decide_unresolved(index, GH_REASON_TOO_LONG);
    return slot->named;
}

__noinline int gh_decide_alias(__u32 index)
{
    struct gh_slot *slot = gh_slot_at(index);
    __u32 before;
    int verdict;

    if (!slot)
        return GH_STOP;
    before = gh_sequence().mount;
    verdict = gh_decide_names(index, slot);
    if (verdict == GH_ELSEWHERE)
        return gh_decide_unresolved(index, GH_REASON_FOREIGN);
    if (verdict == GH_GO && gh_sequence().mount != before)
        return gh_decide_unresolved(index, GH_REASON_UNSTABLE);
    return verdict;
}
