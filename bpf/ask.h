/* SPDX-License-Identifier: GPL-2.0-only */
/* The ask: finds an answer, or pauses the task so that its syscall restarts when there is one.
 * It must never pause a task that nobody was told of, nor let one through because telling failed. */
#ifndef GH_ASK_H
#define GH_ASK_H

#include "slot.h"

#define GH_ASK_ALLOWED 0
#define GH_ASK_DENIED 1
#define GH_ASK_PAUSED 2

/* For slot->column of the object in slot->text. Sets slot->reason when it is decided here. */
int gh_ask(__u32 index);

/* cgroup hooks, where a task cannot be paused: is there an answer that allows? Nothing is used up. */
int gh_ask_peek(__u32 index);

#endif
