/* SPDX-License-Identifier: GPL-2.0-only */
/* Resolve, judge, ask, tell: the one straight line that every request takes.
 * Whatever goes wrong on it has a reason code, and the reason denies. */
#include "decide.h"
#include "argv.h"
#include "ask.h"
#include "emit.h"
#include "judge.h"
#include "match.h"
#include "path.h"
#include "sequence.h"

/* A rename anywhere on the host moves the sequence: try again, and deny only after this many. */
#define GH_TRIES 256

GH_INLINE __u32 gh_lowest(__u32 accesses)
{
#pragma unroll
    for (__u32 column = 0; column < 7; column++)
        if (accesses & (1u << column))
            return column;
    return 7;
}

/* Whether an allowed request is reported. A command only where a rule speaks of its arguments: the program was
 * reported when it was opened. */
GH_INLINE bool gh_is_reported(struct gh_slot *slot, struct gh_policy *policy)
{
    if (slot->flags & GH_REQ_PEEK)
        return false;
    if (slot->cell.flags & GH_CELL_LOG)
        return true;
    return policy && policy->flags & GH_POLICY_LOG_ALLOW &&
           (!(slot->flags & GH_REQ_COMMAND) || slot->cell.flags & GH_CELL_COMMAND);
}

/* Walk, match, judge, and the text if anybody will read it. */
GH_INLINE int gh_resolve_once(__u32 index, struct gh_slot *slot, struct gh_policy *policy)
{
    int reason = gh_walk(index);

    if (reason == GH_WALK_INTERNAL || reason == GH_WALK_ELSEWHERE)
        return reason;
    slot->reason = reason;
    if (reason == GH_REASON_UNNAMED || reason == GH_REASON_DELETED)
        reason = gh_judge_unnamed(slot, policy, reason);
    else if (reason == GH_REASON_RULE) {
        reason = gh_match_path(index, policy->paths);
        slot->opened = slot->outcome;
        if (reason == GH_REASON_RULE)
            reason = slot->flags & GH_REQ_COMMAND ? gh_match_path(index, policy->commands)
                                                  : gh_judge(index, slot);
    }
    if (reason != GH_REASON_RULE || slot->flags & GH_REQ_COMMAND ||
        slot->cell.verdict != GH_ALLOW || gh_is_reported(slot, policy))
        gh_text(index);
    return reason;
}

/* One try: a reason, or -1: something moved between its first look and its last. */
__noinline int gh_try(__u32 index)
{
    struct gh_slot *slot = gh_slot_at(index);
    struct gh_sequence before, after;
    struct gh_policy *policy;
    int reason;

    if (!slot)
        return GH_REASON_BUSY;
    policy = bpf_map_lookup_elem(&gh_policies, &slot->policy);
    if (!policy || !policy->generation)
        return GH_REASON_NO_TABLES;
    before = gh_sequence();
    slot->directory = GH_NO_STATE;
    slot->number = policy->number;
    slot->moves = gh_moves(before);
    if (gh_is_moving(before)) {
        gh_wait();
        return -1;
    }
    reason = gh_resolve_once(index, slot, policy);
    after = gh_sequence();
    return before.rename == after.rename && before.mount == after.mount ? reason : -1;
}

static long gh_try_again(__u32 i, void *context)
{
    __u32 index = *(__u32 *)context;
    struct gh_slot *slot = gh_slot_at(index);
    int reason = gh_try(index);

    if (!slot)
        return 1;
    slot->done = reason;
    return reason != -1;
}

GH_INLINE int gh_resolve_path(__u32 index, struct gh_slot *slot)
{
    int reason = gh_try(index);

    if (reason != -1)
        return reason;
    slot->done = -1;
    bpf_loop(GH_TRIES, gh_try_again, &index, 0);
    reason = slot->done;
    return reason == -1 ? GH_REASON_UNSTABLE : reason;
}

GH_INLINE int gh_resolve_endpoint(__u32 index, struct gh_slot *slot, struct gh_policy *policy)
{
    int reason = gh_match_endpoint(index, policy->endpoints);

    return reason == GH_REASON_RULE ? gh_judge(index, slot) : reason;
}

GH_INLINE int gh_resolve_abstract(__u32 index, struct gh_slot *slot, struct gh_policy *policy)
{
    int reason = gh_match_abstract(index, policy->paths);

    return reason == GH_REASON_RULE ? gh_judge(index, slot) : reason;
}

GH_INLINE void gh_tell(__u32 index, struct gh_slot *slot, __u8 verdict, __u8 flags)
{
    slot->event.type = GH_EVENT_DECISION;
    slot->event.rule = slot->cell.rule;
    slot->event.access = slot->base + slot->column;
    slot->event.verdict = verdict;
    slot->event.reason = slot->reason;
    slot->event.flags = flags | (slot->cut ? GH_EVENT_CUT : 0);
    slot->event.other = 0;
    if (slot->base == GH_PRIVILEGE)
        slot->event.other = slot->privilege;
    else if (slot->base)
        slot->event.flags |= GH_EVENT_ENDPOINT;
    gh_emit(index);
}

/* The cell that made column `column` an ask: its rule is the one that people are shown. */
GH_INLINE void gh_show(struct gh_slot *slot, __u32 column)
{
    struct gh_outcome *outcome = gh_outcome_at(&slot->outcome);

    slot->column = column;
    if (outcome && outcome->cell[column & 7].verdict != GH_ASK)
        outcome = gh_outcome_at(slot->before == GH_NO_STATE ? &slot->held : &slot->before);
    if (outcome)
        slot->cell.rule = outcome->cell[column & 7].rule;
}

/* Asks for each column that needs it. GH_ASK_*; the first that is not allowed ends it. */
GH_INLINE int gh_ask_each(__u32 index, struct gh_slot *slot)
{
#pragma unroll
    for (__u32 column = 0; column < GH_PATH_COLUMNS; column++) {
        int answer;

        if (!(slot->asks & (1u << column)))
            continue;
        gh_show(slot, column);
        answer = slot->flags & GH_REQ_PEEK ? gh_ask_peek(index) : gh_ask(index);
        if (answer != GH_ASK_ALLOWED)
            return answer;
    }
    return GH_ASK_ALLOWED;
}

GH_INLINE int gh_enforce(__u32 index, struct gh_slot *slot)
{
    int answer;

    if (slot->cell.verdict == GH_ASK) {
        /* A file that this open has just made is empty, and its making was asked. */
        answer = slot->flags & GH_REQ_CREATED ? GH_ASK_ALLOWED : gh_ask_each(index, slot);
        if (answer == GH_ASK_PAUSED)
            return GH_RESTART;
        gh_tell(index, slot, answer == GH_ASK_ALLOWED ? GH_ALLOW : GH_DENY, 0);
        return answer == GH_ASK_ALLOWED ? GH_GO : GH_STOP;
    }
    gh_tell(index, slot, slot->cell.verdict, 0);
    if (slot->cell.verdict == GH_KILL)
        bpf_send_signal(SIGKILL);
    return GH_STOP;
}

GH_INLINE struct gh_policy *gh_policy_of(struct gh_slot *slot)
{
    return bpf_map_lookup_elem(&gh_policies, &slot->policy);
}

/* Allowed, or let through because the policy only audits: GH_GO. Else -1: to be enforced. */
GH_INLINE int gh_settle(__u32 index, struct gh_slot *slot, struct gh_policy *policy, int reason)
{
    if (reason != GH_REASON_RULE) {
        slot->cell = (struct gh_cell){.rule = GH_RULE_DEFAULT, .verdict = GH_DENY};
        slot->asks = 0;
        slot->column = gh_lowest(slot->accesses);
        slot->reason = reason;
    }
    if (slot->cell.verdict == GH_ALLOW) {
        if (gh_is_reported(slot, policy))
            gh_tell(index, slot, GH_ALLOW, 0);
        return GH_GO;
    }
    if (policy && policy->flags & GH_POLICY_AUDIT) {
        if (!(slot->flags & GH_REQ_PEEK))
            gh_tell(index, slot, slot->cell.verdict, GH_EVENT_AUDIT);
        return GH_GO;
    }
    return -1;
}

/* The same where nobody can be asked: what is not let through is denied. */
GH_INLINE int gh_settle_at_once(__u32 index, struct gh_slot *slot, struct gh_policy *policy,
                                int reason)
{
    if (gh_settle(index, slot, policy, reason) == GH_GO)
        return GH_GO;
    gh_tell(index, slot, GH_DENY, 0);
    return GH_STOP;
}

__noinline int gh_decide(__u32 index)
{
    struct gh_slot *slot = gh_slot_at(index);
    struct gh_policy *policy;
    int reason;

    if (!slot)
        return GH_STOP;
    slot->cut = 0;
    slot->outcome = GH_NO_STATE;
    policy = gh_policy_of(slot);
    if (!policy || !policy->generation)
        reason = GH_REASON_NO_TABLES;
    else if (slot->dentry)
        reason = gh_resolve_path(index, slot);
    else if (slot->flags & GH_REQ_ABSTRACT)
        reason = gh_resolve_abstract(index, slot, policy);
    else
        reason = gh_resolve_endpoint(index, slot, policy);
    if (reason == GH_WALK_INTERNAL)
        return GH_GO;
    if (reason == GH_WALK_ELSEWHERE)
        return GH_ELSEWHERE;
    return gh_settle(index, slot, policy, reason) == GH_GO ? GH_GO : gh_enforce(index, slot);
}

/* After the program's path, which led to slot->feed[0], its arguments. Nobody can change them: no second try. */
GH_INLINE int gh_resolve_command(__u32 index, struct gh_slot *slot, struct gh_policy *policy)
{
    int reason = gh_resolve_path(index, slot);

    if (reason == GH_WALK_INTERNAL)
        reason = GH_REASON_DETACHED; /* no program is started from there */
    if (reason == GH_REASON_RULE && slot->outcome != GH_NO_STATE) {
        reason = gh_match_argv(index);
        if (reason == GH_REASON_RULE)
            reason = gh_judge_command(index, slot);
    }
    if (reason == GH_REASON_RULE && slot->cell.verdict == GH_ALLOW && !gh_is_reported(slot, policy))
        return reason;
    return gh_argv_text(index) ? GH_REASON_FAULT : reason;
}

__noinline int gh_decide_command(__u32 index)
{
    struct gh_slot *slot = gh_slot_at(index);
    struct gh_policy *policy;
    int reason = GH_REASON_NO_TABLES;

    if (!slot)
        return GH_STOP;
    slot->cut = 0;
    slot->outcome = GH_NO_STATE;
    policy = gh_policy_of(slot);
    if (policy && policy->generation)
        reason = gh_resolve_command(index, slot, policy);
    if (gh_settle(index, slot, policy, reason) == GH_GO)
        return GH_GO;
    return gh_enforce(index, slot);
}

/* For programs that cannot signal (cgroup hooks before 6.16) or whose current task is not the asker
 * (softirq): an ask that has no answer yet is a deny. */
__noinline int gh_decide_endpoint(__u32 index)
{
    struct gh_slot *slot = gh_slot_at(index);
    struct gh_policy *policy;
    int reason = GH_REASON_NO_TABLES;

    if (!slot)
        return GH_STOP;
    slot->cut = 0;
    slot->outcome = GH_NO_STATE;
    policy = gh_policy_of(slot);
    if (policy && policy->generation)
        reason = gh_resolve_endpoint(index, slot, policy);
    if (gh_settle(index, slot, policy, reason) == GH_GO)
        return GH_GO;
    if (slot->cell.verdict == GH_ASK && slot->flags & GH_REQ_PEEK &&
        gh_ask_peek(index) == GH_ASK_ALLOWED)
        return GH_GO;
    if (slot->cell.verdict == GH_ASK)
        slot->reason = GH_REASON_NO_RESTART;
    gh_tell(index, slot, GH_DENY, 0);
    return GH_STOP;
}

GH_INLINE bool gh_has(const struct gh_privileges *set, __u32 privilege)
{
    return set->bits[privilege >> 6 & 1] >> (privilege & 63) & 1;
}

__noinline bool gh_looks_at_commands(__u32 policy)
{
    struct gh_policy *live = bpf_map_lookup_elem(&gh_policies, &policy);

    return !live || !live->generation || live->commands != GH_NO_STATE;
}

__noinline bool gh_may(__u32 policy, __u32 privilege)
{
    struct gh_policy *live = bpf_map_lookup_elem(&gh_policies, &policy);

    if (!live || !live->generation)
        return false;
    return gh_has(&live->privileges, privilege) || live->flags & GH_POLICY_AUDIT;
}

__noinline int gh_decide_privilege(__u32 index)
{
    struct gh_slot *slot = gh_slot_at(index);
    struct gh_policy *policy;
    int reason = GH_REASON_NO_TABLES;

    if (!slot)
        return GH_STOP;
    slot->cut = 0;
    slot->dentry = 0;
    slot->text_len = 0;
    slot->asks = 0;
    slot->column = 0;
    slot->accesses = 1;
    slot->outcome = GH_NO_STATE;
    policy = gh_policy_of(slot);
    if (policy && policy->generation) {
        reason = slot->flags & GH_REQ_SELF ? GH_REASON_SELF : GH_REASON_RULE;
        slot->reason =
            gh_has(&policy->privileges_named, slot->privilege) ? GH_REASON_RULE : GH_REASON_DEFAULT;
        slot->cell = (struct gh_cell){.rule = GH_RULE_DEFAULT, .verdict = GH_DENY};
        if (gh_has(&policy->privileges, slot->privilege))
            slot->cell.verdict = GH_ALLOW;
    }
    return gh_settle_at_once(index, slot, policy, reason);
}

__noinline int gh_decide_busy(__u32 policy)
{
    struct gh_policy *live = bpf_map_lookup_elem(&gh_policies, &policy);

    gh_count_lost();
    return live && live->flags & GH_POLICY_AUDIT ? GH_GO : GH_STOP;
}

/* A request that no walk could even start with. */
__noinline int gh_decide_unresolved(__u32 index, int reason)
{
    struct gh_slot *slot = gh_slot_at(index);

    if (!slot)
        return GH_STOP;
    slot->text_len = 0;
    return gh_settle_at_once(index, slot, gh_policy_of(slot), reason);
}
