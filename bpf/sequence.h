/* SPDX-License-Identifier: GPL-2.0-only */
/* The two sequence numbers that move with every rename and every mount on the host. A path read while
 * neither moved (nor was odd: a move in progress) is one that really existed; it must never be taken else. */
#ifndef GH_SEQUENCE_H
#define GH_SEQUENCE_H

#include "read.h"

extern const void rename_lock __ksym;
extern const void mount_lock __ksym;

struct gh_sequence {
    __u32 rename, mount;
};

/* Reads stay on their side of it: x86 keeps loads in order, the barriers keep the compiler to it. */
GH_INLINE struct gh_sequence gh_sequence(void)
{
    struct gh_sequence now;

    barrier();
    now.rename = GH_WORD((__u64)&rename_lock);
    now.mount = GH_WORD((__u64)&mount_lock);
    barrier();
    return now;
}

GH_INLINE bool gh_is_moving(struct gh_sequence at) { return (at.rename | at.mount) & 1; }

/* Whoever moves something is done in a microsecond, unless its CPU is a virtual one that just lost its place:
 * then in milliseconds, and tries that find it still at it are soon used up. The kernel's own readers wait
 * for as long as it takes; so do we before the next try, within bounds. */
#define GH_WAITS (1u << 20)

static long gh_is_still(__u32 i, void *context) { return !gh_is_moving(gh_sequence()); }

GH_INLINE void gh_wait(void) { bpf_loop(GH_WAITS, gh_is_still, 0, 0); }

/* Both as one word, to be kept and compared. */
GH_INLINE __u64 gh_moves(struct gh_sequence at) { return (__u64)at.rename << 32 | at.mount; }

#endif
