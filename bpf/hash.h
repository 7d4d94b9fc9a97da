/* SPDX-License-Identifier: GPL-2.0-only */
/* Keeps a hash that is under way in the slot, between the rounds of a loop (never in the loop's context: see
 * path.bpf.c). It must never outlive the hook run: the places are lent by the walk and the match. */
#ifndef GH_HASH_H
#define GH_HASH_H

#include "shared/steps.h"
#include "slot.h"

GH_INLINE void gh_sip_load(struct gh_sip *sip, struct gh_slot *slot)
{
    sip->v0 = slot->walk[0];
    sip->v1 = slot->walk[1];
    sip->v2 = slot->walk[2];
    sip->v3 = slot->feed[0];
}

GH_INLINE void gh_sip_store(const struct gh_sip *sip, struct gh_slot *slot)
{
    slot->walk[0] = sip->v0;
    slot->walk[1] = sip->v1;
    slot->walk[2] = sip->v2;
    slot->feed[0] = sip->v3;
}

#endif
