/* SPDX-License-Identifier: GPL-2.0-only */
/* Look up, announce, stop, look up again: in this order, or an answer that comes early is slept
 * through (research: event before SIGSTOP gets stuck). -513 is the caller's to return. How a thread waits
 * without being stopped is in hold.h. */
#include "ask.h"
#include "emit.h"
#include "hash.h"
#include "hold.h"

/* Identifies one syscall of one thread: a restart comes back with the very same registers. But sendmmsg
 * stops between two messages, and its caller goes on with the rest of them. */
GH_INLINE __u64 gh_syscall_of(struct pt_regs *regs)
{
    bool rest = regs->orig_ax == NR_SENDMMSG;
    struct gh_sip sip;
    __u64 out[2];

    gh_sip_init(&sip, gh_secret[0], gh_secret[1]);
    gh_sip_word(&sip, regs->ip);
    gh_sip_word(&sip, regs->sp);
    gh_sip_word(&sip, regs->orig_ax);
    gh_sip_word(&sip, regs->di);
    gh_sip_word(&sip, rest ? 0 : regs->si);
    gh_sip_word(&sip, rest ? 0 : regs->dx);
    gh_sip_word(&sip, regs->r10);
    gh_sip_word(&sip, regs->r8);
    gh_sip_word(&sip, regs->r9);
    gh_sip_final(&sip, out);
    return out[0];
}

/* Fills slot->object from text; the caller has filled text for the very object that was matched. */
static long gh_hash_again(__u32 i, void *context)
{
    struct gh_slot *slot = gh_slot_at(*(__u32 *)context);
    struct gh_sip sip;
    __u64 at = (__u64)i * 8, left, word;

    if (!slot || at >= slot->text_len)
        return 1;
    left = slot->text_len - at;
    GH_BOUND(at, GH_PATH_BYTES - 1);
    bpf_probe_read_kernel(&word, 8, &slot->text[at]);
    if (left < 8)
        word &= (1ull << (left * 8)) - 1;
    gh_sip_load(&sip, slot);
    gh_sip_word(&sip, word);
    gh_sip_store(&sip, slot);
    return 0;
}

__noinline int gh_hash(__u32 index)
{
    struct gh_slot *slot = gh_slot_at(index);
    struct gh_sip sip;
    __u64 out[2];

    if (!slot)
        return -1;
    gh_sip_init(&sip, gh_secret[0], gh_secret[1]);
    gh_sip_store(&sip, slot);
    bpf_loop(GH_PATH_BYTES / 8 + 1, gh_hash_again, &index, 0);
    gh_sip_load(&sip, slot);
    gh_sip_word(&sip, slot->argv_hash[0]);
    gh_sip_word(&sip, slot->argv_hash[1]);
    gh_sip_word(&sip, (__u64)slot->text_len << 8 | slot->base);
    gh_sip_final(&sip, out);
    slot->object[0] = out[0];                /* the name alone */
    slot->object[1] = out[1] ^ slot->column; /* and the access */
    return 0;
}

GH_INLINE struct gh_grant *gh_grant_of(struct gh_slot *slot, __u32 scope, __u32 subject,
                                       __u64 start)
{
    struct gh_grant *grant;

    slot->key.object[0] = slot->object[0];
    slot->key.object[1] = slot->object[1];
    slot->key.serial = slot->serial;
    slot->key.start = start;
    slot->key.subject = subject;
    slot->key.scope = scope;
    grant = bpf_map_lookup_elem(&gh_grants, &slot->key);
    if (grant && grant->expires && grant->expires < bpf_ktime_get_ns())
        return 0;
    return grant;
}

/* May an answer for `once` be used now? The first time, yes. Again only by the same syscall after a
 * restart: a rename asks twice, and its first answer must outlive the second question. */
GH_INLINE bool gh_once_valid(struct gh_grant *grant, struct gh_ask *ask, __u64 syscall)
{
    if (grant->syscall != syscall)
        return false;
    if (!grant->used)
        return true;
    return ask && ask->syscall == syscall && grant->used >= ask->chain && grant->used < ask->pass;
}

GH_INLINE int gh_answer_to_object(struct gh_slot *slot, struct task_struct *task,
                                  struct gh_ask *ask, __u64 syscall, bool use)
{
    struct gh_grant *grant = gh_grant_of(slot, GH_SCOPE_SESSION, 0, 0);
    __u64 leader;

    if (!grant) {
        leader = BPF_CORE_READ(task, group_leader, start_boottime);
        grant = gh_grant_of(slot, GH_SCOPE_PROCESS, task->tgid, leader);
    }
    if (!grant) {
        grant = gh_grant_of(slot, GH_SCOPE_ONCE, task->pid, task->start_boottime);
        if (grant && use) {
            if (!gh_once_valid(grant, ask, syscall)) {
                bpf_map_delete_elem(&gh_grants, &slot->key);
                return -1;
            }
            grant->used = ask ? ask->pass : 1;
        } else if (grant && grant->syscall != syscall) {
            return -1;
        }
    }
    if (!grant)
        return -1;
    return grant->verdict == GH_ALLOW ? GH_ASK_ALLOWED : GH_ASK_DENIED;
}

/* GH_ASK_ALLOWED, GH_ASK_DENIED, or -1: no answer. `use`: mark a `once` as used. Who was allowed to create a
 * name may write to it: the next one to open the file that an answer let be made is not asked again. */
GH_INLINE int gh_answer(struct gh_slot *slot, struct task_struct *task, struct gh_ask *ask,
                        __u64 syscall, bool use)
{
    int answer = gh_answer_to_object(slot, task, ask, syscall, use);

    if (answer >= 0 || slot->base || slot->column != GH_WRITE)
        return answer;
    slot->object[1] ^= GH_WRITE ^ GH_CREATE;
    answer = gh_answer_to_object(slot, task, ask, syscall, use);
    slot->object[1] ^= GH_WRITE ^ GH_CREATE;
    return answer == GH_ASK_ALLOWED ? answer : -1;
}

/* Syscalls that name several objects, each of which may be asked for: rename, link, exec, sendmmsg. In
 * all others a `once` for one name must not outlive the question for another. */
GH_INLINE bool gh_names_several(unsigned long nr)
{
    switch (nr) {
    case 82:  /* rename */
    case 264: /* renameat */
    case 316: /* renameat2 */
    case 86:  /* link */
    case 265: /* linkat */
    case 59:  /* execve */
    case 322: /* execveat */
    case NR_SENDMMSG:
        return true;
    default:
        return false;
    }
}

/* Records that this thread waits for this object. 0: it was announced already, GH_ASK_OPEN: to be announced,
 * GH_ASK_AGAIN: to be announced once more (to a controller that came later, or did not freeze it in time),
 * -1: no room. slot->ask.until: it is to spin. */
GH_INLINE int gh_record(struct gh_slot *slot, struct task_struct *task, struct gh_ask *old,
                        struct pt_regs *regs, __u64 syscall)
{
    struct gh_ask *ask = &slot->ask;
    bool again = old && old->start == task->start_boottime;
    bool same = again && old->object[0] == slot->object[0] && old->object[1] == slot->object[1] &&
                old->syscall == syscall;
    __u8 open = same ? old->open : 0;
    __u32 tid = task->pid;
    bool chained = again && old->syscall == syscall &&
                   (old->object[0] == slot->object[0] || gh_names_several(regs->orig_ax));
    /* sendmmsg that has sent something returns, and would not come back to spin */
    bool may_spin = regs->orig_ax != NR_SENDMMSG && gh_may_spin(slot, task);

    __builtin_memset(ask, 0, sizeof(*ask));
    if (open == GH_ASK_OPEN && old->until) {
        if (may_spin && gh_has_permit(old->until)) {
            old->pass++;
            ask->until = old->until;
            return 0;
        }
        open = GH_ASK_AGAIN; /* nobody froze it: it is stopped */
        may_spin = false;
    }
    ask->start = task->start_boottime;
    ask->object[0] = slot->object[0];
    ask->object[1] = slot->object[1];
    ask->syscall = syscall;
    ask->serial = slot->serial;
    ask->tgid = task->tgid;
    ask->rule = slot->cell.rule;
    ask->access = slot->base + slot->column;
    ask->pass = again ? old->pass + 1 : 1;
    ask->chain = chained ? old->chain : ask->pass;
    ask->since = open ? old->since : bpf_ktime_get_ns();
    ask->open = GH_ASK_OPEN;
    if (may_spin && open != GH_ASK_OPEN)
        ask->until = gh_permit();
    if (bpf_map_update_elem(&gh_asks, &tid, ask, BPF_ANY))
        return -1;
    if (open == GH_ASK_AGAIN)
        return GH_ASK_AGAIN;
    return open == GH_ASK_OPEN ? 0 : GH_ASK_OPEN;
}

GH_INLINE int gh_refuse(struct gh_slot *slot, __u32 reason)
{
    slot->reason = reason;
    return GH_ASK_DENIED;
}

GH_INLINE int gh_answered(struct gh_slot *slot, struct gh_ask *ask, int answer)
{
    if (ask) {
        ask->open = 0;
        gh_give_back(ask->until);
    }
    slot->reason = GH_REASON_ANSWER;
    return answer;
}

GH_INLINE void gh_fill_ask_event(struct gh_slot *slot, __u64 syscall)
{
    slot->event.type = GH_EVENT_ASK;
    slot->event.object[0] = slot->object[0];
    slot->event.object[1] = slot->object[1];
    slot->event.syscall = syscall;
    slot->event.ask = slot->ask.pass;
    slot->event.rule = slot->cell.rule;
    slot->event.access = slot->base + slot->column;
    slot->event.verdict = GH_ASK;
    slot->event.reason = slot->reason;
    slot->event.flags = slot->base ? GH_EVENT_ENDPOINT : 0;
}

/* A beat that comes between the two readings lies ahead of now: that is a controller, and no stale one. */
GH_INLINE bool gh_is_unattended(void)
{
    __u64 now = bpf_ktime_get_ns(), beat = *(volatile __u64 *)&gh_controls.heartbeat;

    return now > beat && now - beat > GH_STALE_NS;
}

/* Nobody answers: wait, allow or deny, as the policy says. -1: wait. */
GH_INLINE int gh_unattended(struct gh_slot *slot)
{
    __u32 policy = slot->policy;
    struct gh_policy *live = bpf_map_lookup_elem(&gh_policies, &policy);

    if (live && live->flags & GH_POLICY_UNATTENDED_WAIT)
        return -1;
    slot->reason = GH_REASON_UNATTENDED;
    return live && live->flags & GH_POLICY_UNATTENDED_ALLOW ? GH_ASK_ALLOWED : GH_ASK_DENIED;
}

/* Takes a stop back that nobody was told of. Under a spinlock (unix sockets) newer kernels send signals from an
 * interrupt, one at a time; each is taken before the next instruction, or nearly so. */
GH_INLINE void gh_go_on(void)
{
    for (int tries = 0; tries < 64; tries++)
        if (bpf_send_signal(SIGCONT) != -EBUSY)
            return;
}

/* No room in the ring: it stays held, and the controller lets it say so again when it has read what is there
 * (Answers::hear). In this order, or the controller looks before there is something to see. */
GH_INLINE void gh_wait_to_be_heard(struct gh_ask *ask)
{
    if (ask) {
        ask->open = GH_ASK_UNHEARD;
        ask->until = 0;
    }
    __sync_fetch_and_add(&gh_controls.unheard, 1);
}

__noinline int gh_ask(__u32 index)
{
    struct gh_slot *slot = gh_slot_at(index);
    struct task_struct *task = bpf_get_current_task_btf();
    struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
    __u32 tid = task->pid;
    struct gh_ask *ask;
    __u64 syscall;
    int answer, announce;

    if (!slot || gh_hash(index))
        return GH_ASK_DENIED;
    if (slot->cut)
        return gh_refuse(slot, GH_REASON_TOO_LONG); /* an answer must be bound to the whole name */
    syscall = gh_syscall_of(regs);
    ask = bpf_map_lookup_elem(&gh_asks, &tid);
    if (ask && ask->start != task->start_boottime)
        ask = 0;
    answer = gh_answer(slot, task, ask, syscall, true);
    if (answer >= 0)
        return gh_answered(slot, ask, answer);
    if (slot->flags & GH_REQ_NO_ASK || task->flags & (PF_IO_WORKER | PF_KTHREAD) ||
        regs->orig_ax == NR_IO_URING_ENTER)
        return gh_refuse(slot, GH_REASON_NO_RESTART);
    if (gh_is_unattended()) {
        answer = gh_unattended(slot);
        if (answer >= 0)
            return answer;
    }
    announce = gh_record(slot, task, ask, regs, syscall);
    if (announce < 0)
        return gh_refuse(slot, GH_REASON_ASKS_FULL);
    /* To this thread, though it stops them all: a SIGSTOP of the group that another thread has just sent
     * and nobody has taken yet would swallow ours, and without a signal of our own pending the -513
     * would reach the program (seen on 6.1 with four threads asking at once). */
    if (bpf_send_signal_thread(SIGSTOP))
        goto unannounced;
    ask = bpf_map_lookup_elem(&gh_asks, &tid);
    answer = gh_answer(slot, task, ask, syscall, true);
    if (answer >= 0) {
        gh_go_on();
        return gh_answered(slot, ask, answer);
    }
    if (announce) {
        gh_fill_ask_event(slot, syscall);
        if (announce == GH_ASK_AGAIN)
            slot->event.flags |= GH_EVENT_RESTART;
        if (gh_emit(index)) {
            gh_wait_to_be_heard(ask);
            return GH_ASK_PAUSED;
        }
    }
    if (slot->ask.until)
        gh_go_on(); /* only its call is taken back, again and again until it is frozen or answered */
    return GH_ASK_PAUSED;

unannounced:
    bpf_map_delete_elem(&gh_asks, &tid);
    return gh_refuse(slot, GH_REASON_NO_SIGNAL);
}

__noinline int gh_ask_peek(__u32 index)
{
    struct gh_slot *slot = gh_slot_at(index);
    struct task_struct *task = bpf_get_current_task_btf();
    int answer;

    if (!slot || gh_hash(index))
        return GH_ASK_DENIED;
    answer =
        gh_answer(slot, task, 0, gh_syscall_of((struct pt_regs *)bpf_task_pt_regs(task)), false);
    if (answer < 0)
        return gh_refuse(slot, GH_REASON_NO_RESTART);
    slot->reason = GH_REASON_ANSWER;
    return answer;
}
