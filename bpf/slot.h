/* SPDX-License-Identifier: GPL-2.0-only */
/* Leases working memory to one hook run, by a compare-and-swap of its owner.
 * It must never hand a slot to two runs: a preempted hook keeps its slot until it is done. */
#ifndef GH_SLOT_H
#define GH_SLOT_H

#include "kernel.h"
#include "maps.h"

/* Number of a leased slot, or -1: all are taken, the request must be denied (busy). */
int gh_lease(void);

GH_INLINE struct gh_slot *gh_slot_at(__u32 index)
{
    index &= gh_slot_mask;
    return bpf_map_lookup_elem(&gh_slots, &index);
}

GH_INLINE void gh_release(struct gh_slot *slot)
{
    /* x86 keeps stores in order; the barrier keeps the compiler from moving ours. */
    barrier();
    *(volatile __u64 *)&slot->owner = 0;
}

#endif
