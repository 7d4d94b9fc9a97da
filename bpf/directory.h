/* SPDX-License-Identifier: GPL-2.0-only */
/* A directory's automaton state, kept with its inode: an open in a directory that is known already costs
 * the same at any depth. It must never remember a verdict, nor a state that a move might have changed. */
#ifndef GH_DIRECTORY_H
#define GH_DIRECTORY_H

#include "sequence.h"
#include "slot.h"

/* True: every access is allowed and nobody is to be told. False: not known; ask gh_decide. */
GH_INLINE bool gh_is_known_allowed(const struct path *path, __u32 policy, __u32 accesses);

/* Keeps what the walk of this path in slot `index`, just allowed, found out about its directory. */
GH_LINKAGE int gh_remember(const struct path *path GH_TRUSTED, __u32 index);

#endif
