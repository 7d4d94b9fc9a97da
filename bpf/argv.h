/* SPDX-License-Identifier: GPL-2.0-only */
/* The arguments of a program that is about to be started: the kernel's own copy of them, which nobody can change
 * any more. It must never look at the caller's memory, where another thread may swap them after the look. */
#ifndef GH_ARGV_H
#define GH_ARGV_H

#include "slot.h"

/* Where they lie. The request is GH_REQ_COMMAND. */
GH_INLINE void gh_argv_of(struct gh_slot *slot, struct linux_binprm *bprm)
{
    slot->argv_pages = (__u64)BPF_CORE_READ(bprm, mm, pgd);
    slot->argv_from = bprm->p;
    slot->argv_end = bprm->exec;
    slot->argv_count = bprm->argc;
}

/* Goes on with the automaton in the state slot->feed[0], which the program's path led to; sets slot->outcome.
 * Returns a GH_REASON_*: RULE, or why there is no outcome. */
int gh_match_argv(__u32 index);

/* Puts as many bytes as fit behind slot->text and sets slot->argv_hash, which is of all of them. Non-zero: they
 * could not be read. */
int gh_argv_text(__u32 index);

#endif
