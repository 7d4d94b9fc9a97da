/* SPDX-License-Identifier: GPL-2.0-only */
/* Request → verdict: what every hook calls, and the only caller of walk, match, ask and emit.
 * It must never return success for a request that it could not resolve, unless the policy audits. */
#ifndef GH_DECIDE_H
#define GH_DECIDE_H

#include "scope.h"
#include "slot.h"

#define GH_GO 0        /* let it through */
#define GH_STOP 1      /* deny */
#define GH_RESTART 2   /* paused: the syscall must restart */
#define GH_ELSEWHERE 3 /* GH_REQ_ALIAS: the object is not on this mount */
#define GH_COPY 4      /* rename: only as a copy */
#define GH_MAY_NOT 5   /* deny for want of a privilege: EPERM from every hook */

/* Judges the request in slot `index`. */
int gh_decide(__u32 index);
/* The same for a program that is started: GH_REQ_COMMAND. */
int gh_decide_command(__u32 index);
/* The same for a dentry whose mount the hook is not told (slot->flags has GH_REQ_ALIAS). */
int gh_decide_alias(__u32 index);
/* The same for an endpoint, where the current task cannot be paused. */
int gh_decide_endpoint(__u32 index);
/* The same for slot->privilege. Never an ask: a privilege is allowed or not. */
int gh_decide_privilege(__u32 index);
/* Whether the policy in this slot has rules on the arguments of programs. */
bool gh_looks_at_commands(__u32 policy);
/* Whether the policy in this slot lets it through, without an event. */
bool gh_may(__u32 policy, __u32 privilege);
/* The verifier (from 6.12) wants literal constants here, and clang must not merge them. */
GH_INLINE int gh_errno(int verdict, const int denied)
{
    switch (verdict) {
    case GH_GO:
        return 0;
    case GH_RESTART:
        return -ERESTARTNOINTR;
    case GH_MAY_NOT:
        return -EPERM;
    default:
        return denied;
    }
}

/* A request that no walk could even start with: denied for that reason, unless the policy audits. */
int gh_decide_unresolved(__u32 index, int reason);
/* No slot was free: deny, or let through where the policy only audits; counted as an event lost. */
int gh_decide_busy(__u32 policy);

/* A slot with an empty request for this session, its number in *index; NULL: none is free. */
GH_INLINE struct gh_slot *gh_request(struct gh_session *session, __u32 base, int *index)
{
    struct gh_slot *slot;

    *index = gh_lease();
    slot = *index < 0 ? 0 : gh_slot_at(*index);
    if (!slot)
        return 0;
    slot->serial = session->serial;
    slot->policy = *(volatile __u32 *)&session->policy;
    slot->base = base;
    slot->flags = 0;
    slot->before = GH_NO_STATE;
    slot->held = GH_NO_STATE;
    slot->below_before = GH_NO_STATE;
    slot->argv_hash[0] = slot->argv_hash[1] = 0;
    slot->argv_len = 0;
    return slot;
}

#endif
