/* SPDX-License-Identifier: GPL-2.0-only */
/* One column of a request: its cell under the present name of the file, under the one before, under the one held.
 * It must never let a column pass whose outcome is not there. */
#include "judge.h"

/* Whether a file moved or linked can be reached in this way at all: only a socket can be connected to. */
GH_INLINE bool gh_has_column(struct gh_slot *slot, __u32 column)
{
    return column != GH_UNIX || slot->flags & GH_REQ_SOCKET;
}

__noinline int gh_judge_column(__u32 index, __u32 column)
{
    struct gh_slot *slot = gh_slot_at(index);
    struct gh_outcome *now, *other;
    struct gh_cell cell;

    if (!slot || column >= GH_PATH_COLUMNS || !(now = gh_outcome_at(&slot->outcome)))
        return GH_REASON_NO_TABLES;
    cell = now->cell[column];
    if (slot->accesses & (1u << column)) {
        gh_stricter(slot, cell, column,
                    cell.rule == GH_RULE_DEFAULT ? GH_REASON_DEFAULT : GH_REASON_RULE);
        if (slot->held != GH_NO_STATE) {
            if (!(other = gh_outcome_at(&slot->held)))
                return GH_REASON_NO_TABLES;
            if (other->cell[column].rule != GH_RULE_DEFAULT)
                gh_stricter(slot, other->cell[column], column, GH_REASON_HELD);
        }
    }
    if (slot->before != GH_NO_STATE) {
        if (!(other = gh_outcome_at(&slot->before)))
            return GH_REASON_NO_TABLES;
        if (other->cell[column].verdict > cell.verdict && gh_has_column(slot, column))
            gh_stricter(slot, other->cell[column], column, GH_REASON_GAINS);
    }
    return GH_REASON_RULE;
}
