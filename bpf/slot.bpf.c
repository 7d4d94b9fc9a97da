/* SPDX-License-Identifier: GPL-2.0-only */
/* The search for a free slot, from this CPU's own on.
 * It must never wait: when 64 slots are taken the answer is no. */
#include "slot.h"

__noinline int gh_lease(void)
{
    __u64 me = bpf_get_current_pid_tgid() | 1ull << 63; /* pid 0 is a name too */
    __u32 first = bpf_get_smp_processor_id() * 2;

    for (__u32 i = 0; i < 64; i++) {
        __u32 index = (first + i) & gh_slot_mask;
        struct gh_slot *slot = bpf_map_lookup_elem(&gh_slots, &index);

        if (slot && __sync_val_compare_and_swap(&slot->owner, 0, me) == 0)
            return index;
    }
    return -1;
}
