/* SPDX-License-Identifier: GPL-2.0-only */
/* Event → ring, with every loss counted.
 * It must never drop a record without raising the count that the controller reports. */
#ifndef GH_EMIT_H
#define GH_EMIT_H

#include "slot.h"

/* Fills who and when in slot->event for the current task (what happened is the caller's) and sends it,
 * with text_len bytes of text and argv_len of argv. To gh_asked, waking its reader,
 * if it is an ask; else to gh_events. Returns 0, or -1: no room, counted as lost. */
int gh_emit(__u32 index);

/* An event that there was no memory to make: a number is taken for it and counted as lost. */
GH_INLINE void gh_count_lost(void)
{
    __u32 zero = 0;
    struct gh_counters *counters = bpf_map_lookup_elem(&gh_counters, &zero);

    if (!counters)
        return;
    __sync_fetch_and_add(&counters->seq, 1);
    __sync_fetch_and_add(&counters->lost_events, 1);
}

#endif
