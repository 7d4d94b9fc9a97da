/* SPDX-License-Identifier: GPL-2.0-only */
/* Endpoint → key of the automaton (abi.h), for every network hook alike.
 * It must never tell apart what reaches the same place: mapped and "any" addresses are normalised. */
#ifndef GH_HOOKS_NET_H
#define GH_HOOKS_NET_H

#include "hooks/request.h"

struct gh_endpoint {
    __u64 address[2]; /* v4 in the low half of the first */
    __u16 port;       /* network order */
    bool v6;
};

/* SOCK_RAW may say any protocol; only icmp means what it says there. */
GH_INLINE __u8 gh_protocol(__u32 type, __u32 protocol)
{
    switch (protocol) {
    case IPPROTO_TCP:
    case IPPROTO_MPTCP:
        return type == SOCK_RAW ? GH_PROTO_OTHER : GH_PROTO_TCP;
    case IPPROTO_UDP:
    case IPPROTO_UDPLITE:
        return type == SOCK_RAW ? GH_PROTO_OTHER : GH_PROTO_UDP;
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
        return GH_PROTO_ICMP;
    default:
        return GH_PROTO_OTHER;
    }
}

/* v4-mapped is v4; "any" as a destination is this host. */
GH_INLINE void gh_normalise(struct gh_endpoint *end, bool destination)
{
    if (end->v6 && !end->address[0] && (__u32)end->address[1] == 0xffff0000) {
        end->v6 = false;
        end->address[0] = end->address[1] >> 32;
    }
    if (!destination)
        return;
    if (!end->v6 && !end->address[0])
        end->address[0] = 0x0100007f;
    else if (end->v6 && !end->address[0] && !end->address[1])
        end->address[1] = 1ull << 56;
}

GH_INLINE void gh_key(struct gh_slot *slot, __u8 protocol, const struct gh_endpoint *end)
{
    bool ported = protocol == GH_PROTO_TCP || protocol == GH_PROTO_UDP;
    __u16 port = ported ? end->port : 0;

    slot->dentry = 0;
    slot->text[0] = protocol | (end->v6 ? GH_PROTO_V6 : 0);
    __builtin_memcpy(&slot->text[1], &end->address[0], 8);
    if (end->v6) {
        __builtin_memcpy(&slot->text[9], &end->address[1], 8);
        __builtin_memcpy(&slot->text[17], &port, 2);
        slot->text_len = GH_ENDPOINT_V6_BYTES;
    } else {
        __builtin_memcpy(&slot->text[5], &port, 2);
        slot->text_len = GH_ENDPOINT_V4_BYTES;
    }
}

/* One request on an endpoint, of a task that can be held unless `flags` (GH_REQ_*) says otherwise. */
GH_INLINE int gh_endpoint(struct gh_session *session, __u8 protocol, __u32 access,
                          struct gh_endpoint *end, __u32 flags)
{
    struct gh_slot *slot;
    int index, verdict;

    slot = gh_request(session, 8, &index);
    if (!slot)
        return gh_decide_busy(session->policy);
    gh_normalise(end, access == GH_CONNECT || access == GH_SEND);
    gh_key(slot, protocol, end);
    slot->accesses = BIT(access);
    slot->flags = flags;
    verdict = gh_decide(index);
    gh_release(slot);
    return verdict;
}

#endif
