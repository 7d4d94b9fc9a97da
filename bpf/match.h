/* SPDX-License-Identifier: GPL-2.0-only */
/* Request → outcome: the automaton fed with the path's components, or with an endpoint key.
 * It must never look at a rule: the tables already say it all. */
#ifndef GH_MATCH_H
#define GH_MATCH_H

#include "slot.h"

/* Feeds slot->names (root first) or slot->text from state `start`; sets slot->outcome. Returns a
 * GH_REASON_*: RULE, or why there is no outcome. */
int gh_match_path(__u32 index, __u32 start);
int gh_match_endpoint(__u32 index, __u32 start);
int gh_match_abstract(__u32 index, __u32 start);

#ifdef GH_FAST
/* The outcome of a path's last name if all before it lead to `state`; -1: not known. */
int gh_match_leaf(const struct path *path GH_TRUSTED, __u32 state);
#endif

/* The number stays where it is: the stack of this chain of calls is full (6.1). */
GH_INLINE struct gh_outcome *gh_outcome_at(__u32 *number)
{
    return bpf_map_lookup_elem(&gh_outcomes, number);
}

#endif
