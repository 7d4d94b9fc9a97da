/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* The pure steps that the kernel and `why` must take alike: one move of the automaton, the stricter
 * of two cells, one round of the object hash. It must never touch memory that is not its argument's. */
#ifndef GH_STEPS_H
#define GH_STEPS_H

#include "abi.h"

#define GH_STEP static inline __attribute__((always_inline, unused))

GH_STEP __u64 gh_state_make(__u32 base, __u32 otherwise, __u32 outcome, __u32 flags)
{
    return (__u64)base | (__u64)otherwise << 20 | (__u64)outcome << 40 | (__u64)flags << 60;
}
GH_STEP __u32 gh_state_base(__u64 state) { return (__u32)state & 0xfffff; }
GH_STEP __u32 gh_state_default(__u64 state) { return (__u32)(state >> 20) & 0xfffff; }
GH_STEP __u32 gh_state_outcome(__u64 state) { return (__u32)(state >> 40) & 0xfffff; }
GH_STEP __u32 gh_state_flags(__u64 state) { return (__u32)(state >> 60); }

GH_STEP __u64 gh_transition_make(__u32 owner, __u32 next)
{
    return (__u64)owner | (__u64)next << 32;
}

/* Where `state` (number `id`) goes, given the comb cell at base + byte. */
GH_STEP __u32 gh_next(__u32 id, __u64 state, __u64 transition)
{
    return (__u32)transition == id ? (__u32)(transition >> 32) : gh_state_default(state);
}

/* What the command automaton is fed for one byte of an argument: there '/' stands between arguments. */
GH_STEP __u8 gh_argv_byte(__u8 byte)
{
    return byte == '/' ? GH_ARGV_SLASH : byte == GH_ARGV_SLASH ? GH_ARGV_OTHER : byte;
}

/* SipHash-1-3 with 128 bits out: an agent chooses paths, so the hash that binds an answer to its
 * object must be keyed with what the agent cannot know. */
struct gh_sip {
    __u64 v0, v1, v2, v3;
};
#define GH_ROTL(x, b) (((x) << (b)) | ((x) >> (64 - (b))))
GH_STEP void gh_sip_round(struct gh_sip *s)
{
    s->v0 += s->v1, s->v1 = GH_ROTL(s->v1, 13), s->v1 ^= s->v0, s->v0 = GH_ROTL(s->v0, 32);
    s->v2 += s->v3, s->v3 = GH_ROTL(s->v3, 16), s->v3 ^= s->v2;
    s->v0 += s->v3, s->v3 = GH_ROTL(s->v3, 21), s->v3 ^= s->v0;
    s->v2 += s->v1, s->v1 = GH_ROTL(s->v1, 17), s->v1 ^= s->v2, s->v2 = GH_ROTL(s->v2, 32);
}
GH_STEP void gh_sip_init(struct gh_sip *s, __u64 k0, __u64 k1)
{
    s->v0 = k0 ^ 0x736f6d6570736575ull;
    s->v1 = k1 ^ 0x646f72616e646f6dull ^ 0xee;
    s->v2 = k0 ^ 0x6c7967656e657261ull;
    s->v3 = k1 ^ 0x7465646279746573ull;
}
GH_STEP void gh_sip_word(struct gh_sip *s, __u64 word)
{
    s->v3 ^= word;
    gh_sip_round(s);
    s->v0 ^= word;
}
GH_STEP void gh_sip_final(struct gh_sip *s, __u64 out[2])
{
    s->v2 ^= 0xee;
    gh_sip_round(s), gh_sip_round(s), gh_sip_round(s);
    out[0] = s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
    s->v1 ^= 0xdd;
    gh_sip_round(s), gh_sip_round(s), gh_sip_round(s);
    out[1] = s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

#endif
