/* SPDX-License-Identifier: GPL-2.0-only */
/* Which kinds of sockets may be made at all: the rest, no rule on endpoints speaks of.
 * It must never judge the sockets that the kernel makes for itself. */
#include "hooks/guard.h"

GH_INLINE int gh_kind_of_internet(int type, int protocol)
{
    if (type == SOCK_RAW)
        return GH_PRIVILEGE_RAW_SOCKETS;
    switch (protocol) {
    case 0:
    case IPPROTO_ICMP:
    case IPPROTO_TCP:
    case IPPROTO_UDP:
    case IPPROTO_ICMPV6:
    case IPPROTO_UDPLITE:
    case IPPROTO_MPTCP:
        return -1;
    }
    return GH_PRIVILEGE_OTHER_SOCKETS;
}

/* -1: none is needed. */
GH_INLINE int gh_kind_of_socket(int family, int type, int protocol)
{
    switch (family) {
    case AF_UNIX:
        return -1;
    case AF_INET:
    case AF_INET6:
        return gh_kind_of_internet(type, protocol);
    case AF_NETLINK:
        return protocol == NETLINK_ROUTE ? -1 : GH_PRIVILEGE_NETLINK;
    case AF_PACKET:
        return GH_PRIVILEGE_RAW_SOCKETS;
    case AF_VSOCK:
        return GH_PRIVILEGE_VSOCK;
    case AF_ALG:
        return GH_PRIVILEGE_CRYPTO_SOCKETS;
    }
    return GH_PRIVILEGE_OTHER_SOCKETS;
}

SEC("lsm/socket_create")
int BPF_PROG(gh_socket_create, int family, int type, int protocol, int kern)
{
    int privilege = kern ? -1 : gh_kind_of_socket(family, type, protocol);

    return privilege < 0 ? 0 : gh_guard(privilege);
}
