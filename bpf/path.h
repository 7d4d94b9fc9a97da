/* SPDX-License-Identifier: GPL-2.0-only */
/* Dentry and mount → the components of the absolute path, leaf first, in a slot.
 * It must never guess: whatever is not a path from the task's mount namespace root has a reason. */
#ifndef GH_PATH_H
#define GH_PATH_H

#include "slot.h"

/* Walks from slot->dentry on slot->mnt; fills names and count. Returns a GH_REASON_* (RULE: found),
 * GH_WALK_INTERNAL or GH_WALK_ELSEWHERE. The caller checks that nothing moved meanwhile. */
int gh_walk(__u32 index);

/* overlayfs opens its own backing file on a mount that no path leads to */
#define GH_WALK_INTERNAL 100
/* GH_REQ_ALIAS only: the dentry does not lie below this mount's root */
#define GH_WALK_ELSEWHERE 101

/* Copies the path (or the name of what has none) to slot->text, slot->text_len bytes; a path longer
 * than GH_PATH_BYTES is cut and slot->cut set. */
int gh_text(__u32 index);

#endif
