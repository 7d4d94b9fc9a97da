/* SPDX-License-Identifier: GPL-2.0-only */
/* Gates where no task can be paused: connections that start without connect(2), and connections that
 * come in. They must never take the current task for the asker of what arrives from outside. */
#include "hooks/net.h"

GH_INLINE int gh_gate(struct bpf_sock_addr *ctx, struct gh_endpoint *end)
{
    struct gh_session *session = gh_scope_at_length(false);
    struct gh_slot *slot;
    int index, verdict;

    if (!session)
        return 1;
    slot = gh_request(session, 8, &index);
    if (!slot)
        return gh_decide_busy(session->policy) == GH_GO;
    gh_normalise(end, true);
    gh_key(slot, gh_protocol(ctx->type, ctx->protocol), end);
    slot->accesses = BIT(GH_CONNECT);
    slot->flags = GH_REQ_PEEK;
    verdict = gh_decide_endpoint(index);
    gh_release(slot);
    return verdict == GH_GO;
}

SEC("cgroup/connect4")
int gh_connect4(struct bpf_sock_addr *ctx)
{
    struct gh_endpoint end = {{ctx->user_ip4, 0}, ctx->user_port, false};

    return gh_gate(ctx, &end);
}

SEC("cgroup/connect6")
int gh_connect6(struct bpf_sock_addr *ctx)
{
    struct gh_endpoint end = {{0, 0}, ctx->user_port, true};

    end.address[0] = ctx->user_ip6[0] | (__u64)ctx->user_ip6[1] << 32;
    end.address[1] = ctx->user_ip6[2] | (__u64)ctx->user_ip6[3] << 32;
    return gh_gate(ctx, &end);
}

/* The verifier passes no pointer of a type to a function that is verified by itself: read it as a number. */
GH_INLINE int gh_scope_of_socket(const struct sock *sk)
{
    __u64 cgroup = 0;

    bpf_probe_read_kernel(&cgroup, sizeof(cgroup), &sk->sk_cgrp_data.cgroup);
    return cgroup ? gh_scope_of_cgroup(cgroup) : 0;
}

/* A SYN for a listening socket, in softirq: judged for the session that made the socket, by the peer's
 * address and the local port. Refused, it is dropped without an answer. */
SEC("lsm/inet_conn_request")
int BPF_PROG(gh_inet_conn_request, const struct sock *sk, struct sk_buff *skb,
             struct request_sock *request)
{
    int scope = gh_scope_of_socket(sk), index, verdict;
    struct gh_endpoint end = {};
    struct gh_session *session;
    struct gh_slot *slot;

    if (!scope)
        return 0;
    session = gh_session_at(scope);
    if (!session)
        return -EPERM;
    slot = gh_request(session, 8, &index);
    if (!slot)
        return gh_errno(gh_decide_busy(session->policy), -EPERM);
    end.v6 = request->__req_common.skc_family == AF_INET6;
    end.port = __builtin_bswap16(sk->__sk_common.skc_num);
    end.address[0] = request->__req_common.skc_daddr;
    if (end.v6)
        bpf_probe_read_kernel(end.address, 16, &request->__req_common.skc_v6_daddr);
    gh_normalise(&end, false);
    gh_key(slot, GH_PROTO_TCP, &end);
    slot->accesses = BIT(GH_ACCEPT);
    slot->flags = GH_REQ_REMOTE;
    verdict = gh_decide_endpoint(index);
    gh_release(slot);
    return gh_errno(verdict, -EPERM);
}
