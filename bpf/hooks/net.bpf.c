/* SPDX-License-Identifier: GPL-2.0-only */
/* Network hooks: the endpoint as a key, then decide. They must never read the caller's memory: the
 * address that they judge is the kernel's own copy. */
#include "hooks/net.h"
#include "read.h"

/* False: not an internet address. `unspec_is_v4`: where the kernel itself takes AF_UNSPEC for that. */
GH_INLINE bool gh_read_address(__u64 at, bool unspec_is_v4, struct gh_endpoint *end)
{
    __u64 first = GH_WORD(at);
    __u16 family = first;

    end->port = first >> 16;
    if (family == AF_INET || (family == AF_UNSPEC && unspec_is_v4)) {
        end->v6 = false;
        end->address[0] = first >> 32;
        end->address[1] = 0;
        return true;
    }
    end->v6 = true;
    end->address[0] = GH_WORD(at + 8);
    end->address[1] = GH_WORD(at + 16);
    return family == AF_INET6;
}

GH_INLINE int gh_address(struct socket *sock, __u64 address, __u32 access)
{
    struct gh_session *session = gh_scope();
    struct gh_endpoint end;
    struct sock *sk;
    __u16 family;

    if (!session)
        return 0;
    sk = sock->sk; /* loaded once: from 6.12 it may be null */
    if (!sk)
        return 0;
    family = sk->__sk_common.skc_family;
    if (family != AF_INET && family != AF_INET6)
        return 0;
    /* connect(AF_UNSPEC) disconnects; send and bind on a v4 socket take it for AF_INET. */
    if (!gh_read_address(address, family == AF_INET && access != GH_CONNECT, &end))
        return 0;
    return gh_errno(
        gh_endpoint(session, gh_protocol(sk->sk_type, sk->sk_protocol), access, &end, 0), -EPERM);
}

SEC("lsm/socket_connect")
int BPF_PROG(gh_socket_connect, struct socket *sock, struct sockaddr *address)
{
    return gh_address(sock, (__u64)address, GH_CONNECT);
}

SEC("lsm/socket_bind")
int BPF_PROG(gh_socket_bind, struct socket *sock, struct sockaddr *address)
{
    return gh_address(sock, (__u64)address, GH_BIND);
}

/* A stream ignores the address of a message, unless it opens the connection with it (fast open). */
SEC("lsm/socket_sendmsg")
int BPF_PROG(gh_socket_sendmsg, struct socket *sock, struct msghdr *msg)
{
    struct sock *sk;

    if (!msg->msg_name)
        return 0;
    sk = sock->sk;
    if (!sk)
        return 0;
    if (sk->sk_type != SOCK_STREAM)
        return gh_address(sock, (__u64)msg->msg_name, GH_SEND);
    if (msg->msg_flags & MSG_FASTOPEN)
        return gh_address(sock, (__u64)msg->msg_name, GH_CONNECT);
    return 0;
}

SEC("lsm/socket_listen")
int BPF_PROG(gh_socket_listen, struct socket *sock)
{
    struct gh_session *session = gh_scope();
    struct gh_endpoint end = {};
    struct sock *sk;
    __u16 family;

    if (!session)
        return 0;
    sk = sock->sk;
    if (!sk)
        return 0;
    family = sk->__sk_common.skc_family;
    if (family != AF_INET && family != AF_INET6)
        return 0;
    end.port = __builtin_bswap16(sk->__sk_common.skc_num);
    end.v6 = family == AF_INET6;
    end.address[0] = sk->__sk_common.skc_rcv_saddr;
    if (end.v6)
        bpf_probe_read_kernel(end.address, 16, &sk->__sk_common.skc_v6_rcv_saddr);
    return gh_errno(
        gh_endpoint(session, gh_protocol(sk->sk_type, sk->sk_protocol), GH_LISTEN, &end, 0),
        -EPERM);
}
