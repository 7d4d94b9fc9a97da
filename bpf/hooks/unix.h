/* SPDX-License-Identifier: GPL-2.0-only */
/* A unix socket's peer → the name that it can be reached by, and the request on that name.
 * It must never take an address that a caller gave: the peer's own name is where it was bound. */
#ifndef GH_HOOKS_UNIX_H
#define GH_HOOKS_UNIX_H

#include "hooks/request.h"

GH_INLINE bool gh_is_own(struct gh_session *session, __u64 peer)
{
    /* Of its maker. Read as a number: no pointer of a type is passed to a function verified by itself. */
    __u64 cgroup = GH_WORD(peer + bpf_core_field_offset(struct sock, sk_cgrp_data.cgroup));

    return gh_is_within(cgroup, session->serial);
}

/* Fills text with '@' and the name; false: that is no abstract name. */
GH_INLINE bool gh_abstract_name(struct gh_slot *slot, __u64 address)
{
    const __u64 before = offsetof(struct sockaddr_un, sun_path) + 1; /* the family and the NUL */
    __u64 name = address + bpf_core_field_offset(struct unix_address, name);
    int size = GH_GET(unix_address, address, len);
    __u64 len = (__u64)size - before;

    if (size < (int)before || len >= GH_ABSTRACT_BYTES)
        return false;
    GH_BOUND(len, 127);
    slot->text[0] = 0xff;
    if (bpf_probe_read_kernel(&slot->text[0], 1, (void *)(name + before - 1)) || slot->text[0])
        return false;
    slot->text[0] = '@';
    if (bpf_probe_read_kernel(&slot->text[1], len, (void *)(name + before)))
        return false;
    slot->text_len = len + 1;
    return true;
}

GH_INLINE int gh_abstract(struct gh_session *session, __u64 address, __u32 flags)
{
    struct gh_slot *slot;
    int index, verdict;

    slot = gh_path_request(session, 0, 0, BIT(GH_UNIX), flags | GH_REQ_ABSTRACT, &index);
    if (!slot)
        return gh_decide_busy(session->policy);
    verdict = gh_abstract_name(slot, address) ? gh_decide(index)
                                              : gh_decide_unresolved(index, GH_REASON_FAULT);
    gh_release(slot);
    return verdict;
}

/* A peer without a name can be reached only by who was given its other end. Abstract names of the session's
 * own making are its own business; paths are not: a rule on what is made at a path holds for all.
 * `flags`: GH_REQ_NO_ASK, or none. */
GH_INLINE int gh_peer(struct gh_session *session, __u64 peer, __u32 flags)
{
    __u64 dentry = (__u64)GH_GET(unix_sock, peer, path.dentry), address;

    if (dentry)
        return gh_path(session, dentry, (__u64)GH_GET(unix_sock, peer, path.mnt), BIT(GH_UNIX),
                       flags);
    address = (__u64)GH_GET(unix_sock, peer, addr);
    if (!address || gh_is_own(session, peer))
        return GH_GO;
    return gh_abstract(session, address, flags);
}

#endif
