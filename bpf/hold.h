/* SPDX-License-Identifier: GPL-2.0-only */
/* Who may be held without a stop: it takes its own stop back and spins through restarts of its call until the
 * controller has frozen it. It must never spin for longer than its permit, nor where that can be seen. */
#ifndef GH_HOLD_H
#define GH_HOLD_H

#include "slot.h"

/* A tracer would see both signals, and a handler of SIGCONT would run at each restart. */
GH_INLINE bool gh_may_spin(struct gh_slot *slot, struct task_struct *task)
{
    __u32 policy = slot->policy;
    struct gh_policy *live = bpf_map_lookup_elem(&gh_policies, &policy);

    if (!live || !(live->flags & (GH_POLICY_HOLD_AUTO | GH_POLICY_HOLD_FREEZE)))
        return false;
    if (task->ptrace ||
        (__u64)BPF_CORE_READ(task, sighand, action[SIGCONT - 1].sa.sa_handler) > SIG_IGN)
        return false;
    if (live->flags & GH_POLICY_HOLD_FREEZE)
        return true;
    return BPF_CORE_READ(task, signal, nr_threads) > 1 || BPF_CORE_READ(task, signal, tty);
}

/* Until when the task may spin; 0: too many do. A permit runs out by itself, whoever dies. */
GH_INLINE __u64 gh_permit(void)
{
    __u64 now = bpf_ktime_get_ns(), until = now + GH_SPIN_NS;

#pragma unroll
    for (int i = 0; i < GH_SPINNERS; i++) {
        __u64 *at = &gh_controls.spins[i], old = *(volatile __u64 *)at;

        if (old < now && __sync_val_compare_and_swap(at, old, until) == old)
            return until;
    }
    return 0;
}

/* The controller takes one back early from whom it has frozen, or cannot freeze. */
GH_INLINE bool gh_has_permit(__u64 until)
{
    bool has = false;

#pragma unroll
    for (int i = 0; i < GH_SPINNERS; i++)
        has = has || *(volatile __u64 *)&gh_controls.spins[i] == until;
    return has && bpf_ktime_get_ns() < until;
}

GH_INLINE void gh_give_back(__u64 until)
{
    if (!until)
        return;
#pragma unroll
    for (int i = 0; i < GH_SPINNERS; i++)
        __sync_val_compare_and_swap(&gh_controls.spins[i], until, 0);
}

#endif
