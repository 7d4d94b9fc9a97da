/* SPDX-License-Identifier: GPL-2.0-only */
/* Stamps and sends one event: a number per CPU for each event made, so that a gap proves a loss.
 * It must never wake the reader for telemetry that can wait: a forced wake-up costs microseconds. */
#include "emit.h"

/* Wake the reader early when a quarter of the ring is unread; else its timer comes in time. */
#define GH_WAKE_AT (1u << 18)

GH_INLINE void gh_stamp(struct gh_slot *slot, struct gh_counters *counters)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct gh_event *event = &slot->event;
    __u64 id = bpf_get_current_pid_tgid(), user = bpf_get_current_uid_gid();
    __u32 policy = slot->policy;
    struct gh_policy *live = bpf_map_lookup_elem(&gh_policies, &policy);

    event->seq = __sync_fetch_and_add(&counters->seq, 1);
    event->cpu = bpf_get_smp_processor_id();
    event->time = bpf_ktime_get_boot_ns();
    event->session = slot->serial;
    event->generation = live ? live->generation : 0;
    event->pid = id >> 32;
    event->tid = id;
    event->uid = user;
    event->gid = user >> 32;
    event->ppid = BPF_CORE_READ(task, real_parent, tgid);
    event->start = BPF_CORE_READ(task, group_leader, start_boottime);
    event->thread_start = task->start_boottime;
    bpf_get_current_comm(event->comm, sizeof(event->comm));
    if (slot->flags & GH_REQ_REMOTE) {
        event->pid = event->tid = event->ppid = 0;
        event->start = event->thread_start = 0;
        event->comm[0] = 0;
    }
}

__noinline int gh_emit(__u32 index)
{
    struct gh_slot *slot = gh_slot_at(index);
    __u32 zero = 0;
    struct gh_counters *counters = bpf_map_lookup_elem(&gh_counters, &zero);
    __u64 size;
    long lost;

    if (!slot || !counters)
        return -1;
    gh_stamp(slot, counters);
    slot->event.text_len = slot->text_len;
    slot->event.argv_len = slot->argv_len;
    size = slot->text_len + slot->argv_len;
    if (size > GH_PATH_BYTES + GH_ARGV_BYTES)
        size = GH_PATH_BYTES + GH_ARGV_BYTES;
    GH_BOUND(size, 8191); /* the verifier cannot see the line above through clang's eyes */
    if (size > GH_PATH_BYTES + GH_ARGV_BYTES)
        return -1;
    size += sizeof(slot->event);
    if (slot->event.type == GH_EVENT_ASK) {
        lost = bpf_ringbuf_output(&gh_asked, &slot->event, size, BPF_RB_FORCE_WAKEUP);
        if (lost)
            __sync_fetch_and_add(&counters->lost_asks, 1);
    } else {
        __u64 unread = bpf_ringbuf_query(&gh_events, BPF_RB_AVAIL_DATA);

        lost = bpf_ringbuf_output(&gh_events, &slot->event, size,
                                  unread > GH_WAKE_AT ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
        if (lost)
            __sync_fetch_and_add(&counters->lost_events, 1);
    }
    return lost ? -1 : 0;
}
