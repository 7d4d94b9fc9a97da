/* SPDX-License-Identifier: GPL-2.0-only */
/* What processes of a session do: fork, exec, exit as events, and the end of an exiting thread's ask.
 * They must never deny: who may run what was decided before. */
#include "hooks/members.h"
#include "path.h"
#include "emit.h"

GH_INLINE struct gh_slot *gh_process_event(struct gh_session *session, __u16 type, int *index)
{
    struct gh_slot *slot = gh_request(session, 0, index);

    if (!slot) {
        gh_count_lost();
        return 0;
    }
    __builtin_memset(&slot->event, 0, sizeof(slot->event));
    slot->event.type = type;
    slot->event.rule = GH_RULE_DEFAULT;
    slot->text_len = 0;
    return slot;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(gh_fork, struct task_struct *parent, struct task_struct *child)
{
    struct gh_session *session = gh_scope();
    struct gh_slot *slot;
    int index;

    if (!session)
        gh_mark_arrival(parent, child);
    if (!session || child->pid != child->tgid)
        return 0;
    slot = gh_process_event(session, GH_EVENT_FORK, &index);
    if (!slot)
        return 0;
    slot->event.other = child->tgid;
    slot->event.object[0] = child->start_boottime;
    gh_emit(index);
    gh_release(slot);
    return 0;
}

GH_INLINE void gh_read_argv(struct gh_slot *slot, struct task_struct *task)
{
    unsigned long from = BPF_CORE_READ(task, mm, arg_start), to = BPF_CORE_READ(task, mm, arg_end);
    __u64 len = to - from, at = slot->text_len;

    if (len > GH_ARGV_BYTES)
        len = GH_ARGV_BYTES;
    GH_BOUND(len, 2047);
    if (len > GH_ARGV_BYTES)
        return;
    GH_BOUND(at, 8191);
    if (at > GH_PATH_BYTES)
        return;
    /* The pages are fresh from execve; one that was swapped out already leaves argv empty. */
    if (!bpf_probe_read_user(&slot->text[at], len, (void *)from))
        slot->argv_len = len;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(gh_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
    struct gh_session *session = gh_scope();
    struct gh_slot *slot;
    int index;

    if (!session)
        return 0;
    slot = gh_process_event(session, GH_EVENT_EXEC, &index);
    if (!slot)
        return 0;
    slot->dentry = (__u64)bprm->file->f_path.dentry;
    slot->mnt = (__u64)bprm->file->f_path.mnt;
    slot->reason = gh_walk(index);
    gh_text(index);
    gh_read_argv(slot, task);
    gh_emit(index);
    gh_release(slot);
    return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(gh_exit, struct task_struct *task)
{
    struct gh_session *session = gh_scope();
    __u32 tid = task->pid;
    struct gh_slot *slot;
    struct gh_ask *ask;
    int index;

    if (!session)
        return 0;
    ask = bpf_map_lookup_elem(&gh_asks, &tid);
    if (!ask && task->signal->live.counter)
        return 0;
    slot = gh_process_event(session, GH_EVENT_EXIT, &index);
    if (ask) {
        if (slot && ask->open) {
            slot->event.type = GH_EVENT_ASK_GONE;
            slot->event.object[0] = ask->object[0];
            slot->event.object[1] = ask->object[1];
            slot->event.access = ask->access;
            gh_emit(index);
            slot->event.type = GH_EVENT_EXIT;
        }
        bpf_map_delete_elem(&gh_asks, &tid);
    }
    if (!slot)
        return 0;
    if (!task->signal->live.counter) {
        __u32 code = task->signal->group_exit_code;

        slot->event.object[0] = code ? code : task->exit_code;
        slot->event.object[1] = 0;
        gh_emit(index);
    }
    gh_release(slot);
    return 0;
}
