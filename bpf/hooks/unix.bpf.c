/* SPDX-License-Identifier: GPL-2.0-only */
/* Unix sockets: the name by which a peer can be reached, judged when a session connects or sends to it.
 * They must never take the address of the caller: links lie; the peer's own name is where it was bound. */
#include "hooks/unix.h"

/* Both hooks run under the peer's lock, so its name stays what it is. */

/* Apart from the hooks, which so save few registers for bystanders. */
static __noinline int gh_reach_socket(__u64 peer, __u64 top)
{
    struct gh_session *session = gh_scope_below(top);

    return session ? gh_peer(session, peer, 0) : GH_GO;
}

/* Streams and sequenced packets. */
SEC("lsm/unix_stream_connect")
int BPF_PROG(gh_unix_stream_connect, struct sock *sock, struct sock *other)
{
    __u64 top;

    if (gh_is_outside(&top))
        return 0;
    return gh_errno(gh_reach_socket((__u64)other, top), -EACCES);
}

/* Datagrams: at connect, and each message. */
SEC("lsm/unix_may_send")
int BPF_PROG(gh_unix_may_send, struct socket *sock, struct socket *other)
{
    struct sock *peer;
    __u64 top;

    if (gh_is_outside(&top))
        return 0;
    peer = other->sk; /* loaded once: from 6.12 it may be null */
    if (!peer)
        return -EACCES;
    return gh_errno(gh_reach_socket((__u64)peer, top), -EACCES);
}
