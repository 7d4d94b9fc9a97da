/* SPDX-License-Identifier: GPL-2.0-only */
/* The second gate of TCP and UDP connections, behind the LSM hooks: what starts a connection without
 * connect(2) passes here. It must never pause a task: before 6.16 it cannot, so it only looks for answers. */
#include "hooks/net.h"

GH_INLINE int gh_gate(struct bpf_sock_addr *ctx, struct gh_endpoint *end)
{
    struct gh_session *session = gh_scope();
    struct gh_slot *slot;
    int index, verdict;

    if (!session)
        return 1;
    slot = gh_request(session, 8, &index);
    if (!slot)
        return 0;
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
