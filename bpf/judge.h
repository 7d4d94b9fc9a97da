/* SPDX-License-Identifier: GPL-2.0-only */
/* Outcomes → the one cell that decides a request: which column, under which name of the file, with or without
 * arguments. It must never look at anything but outcomes and the request. */
#ifndef GH_JUDGE_H
#define GH_JUDGE_H

#include "match.h"

/* Takes `cell` if it is stricter than what decides so far. */
GH_INLINE void gh_stricter(struct gh_slot *slot, struct gh_cell cell, __u32 column, __u32 reason)
{
    if (cell.verdict == GH_ASK)
        slot->asks |= 1u << column;
    slot->cell.flags |= cell.flags;
    if (cell.verdict <= slot->cell.verdict && slot->column != GH_NO_STATE)
        return;
    slot->cell.rule = cell.rule;
    slot->cell.verdict = cell.verdict;
    slot->column = column;
    slot->reason = reason;
}

/* A directory keeps its place among the rules or stays where it is: in one state of the (minimal)
 * automaton every name below is judged alike. Else `mv kept x; edit x/f; mv x kept` would undo a rule. */
GH_INLINE bool gh_tree_changes(struct gh_slot *slot)
{
    return slot->below_before != GH_NO_STATE && slot->below_before != slot->below;
}

/* One column into what decides. Where another name of the file was judged before (link, rename), no column
 * may be looser under the new one: a new name may not gain access. GH_REASON_RULE, or why it cannot be judged.
 * The verifier looks at it once, and not once for each column and each way there: two thirds of a load. */
int gh_judge_column(__u32 index, __u32 column);

/* The strictest of the requested columns; of all of them where there is another name. */
GH_INLINE int gh_judge(__u32 index, struct gh_slot *slot)
{
    __u32 columns = slot->before == GH_NO_STATE ? slot->accesses : (1u << GH_PATH_COLUMNS) - 1;

    slot->asks = 0;
    slot->column = GH_NO_STATE;
    slot->cell = (struct gh_cell){};
#pragma unroll
    for (__u32 column = 0; column < GH_PATH_COLUMNS; column++) {
        if (columns & (1u << column) && gh_judge_column(index, column) != GH_REASON_RULE)
            return GH_REASON_NO_TABLES;
    }
    if (gh_tree_changes(slot))
        gh_stricter(slot, (struct gh_cell){.rule = GH_RULE_DEFAULT, .verdict = GH_DENY},
                    GH_ACCESS_COLUMN(GH_CREATE), GH_REASON_MOVES);
    return GH_REASON_RULE;
}

/* The program was judged when it was opened. With its arguments, what is left to do is what a rule on them
 * says, and what is stricter now because the rule that let the program pass does not apply. */
GH_INLINE int gh_judge_command(__u32 index, struct gh_slot *slot)
{
    struct gh_outcome *opened = gh_outcome_at(&slot->opened);
    int reason = gh_judge(index, slot);

    if (!opened)
        return GH_REASON_NO_TABLES;
    if (reason == GH_REASON_RULE && !(slot->cell.flags & GH_CELL_COMMAND) &&
        opened->cell[GH_EXEC].verdict >= slot->cell.verdict) {
        slot->cell.verdict = GH_ALLOW;
        slot->cell.flags = 0;
        slot->asks = 0;
    }
    return reason;
}

/* A program without a path: the policy has a word of its own for it. All else without a path is no
 * business of a policy on paths (pipes, sockets, memory). */
GH_INLINE int gh_judge_unnamed(struct gh_slot *slot, struct gh_policy *policy, int reason)
{
    bool exec = slot->accesses & (1u << GH_EXEC);

    if (!exec && reason == GH_REASON_DELETED)
        return reason;
    slot->asks = 0;
    slot->outcome = GH_NO_STATE;
    slot->column = exec ? GH_EXEC : GH_READ;
    slot->cell = (struct gh_cell){.rule = GH_RULE_DEFAULT};
    if (exec && !(reason == GH_REASON_UNNAMED && slot->flags & GH_REQ_MAPPED))
        slot->cell.verdict = policy->unnamed;
    if (slot->cell.verdict == GH_ASK)
        slot->asks = 1u << GH_EXEC;
    slot->reason = GH_REASON_UNNAMED;
    return GH_REASON_RULE;
}

#endif
