/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes events as the hooks do, by their own code, as many as it is told: no hook is needed, so any kernel runs it.
 * It must never be part of what is installed. */
#include "maps.bpf.c"

#include "slot.bpf.c"

#include "emit.bpf.c"

#define GH_FLOOD_PATH "/home/dev/work/service/config/production/.env.local"

struct gh_flood {
  __u32 events;
};

static long gh_flood_one(__u32 i, void* context) {
  return gh_emit(*(__u32*)context) >
         0; /* a full ring is counted there, and the next one made all the same */
}

/* Returns how many it made: fewer than it was told only if no slot was free. */
SEC("syscall")
int gh_flood(struct gh_flood* flood) {
  int index = gh_lease();
  struct gh_slot* slot = index < 0 ? 0 : gh_slot_at(index);
  long made;

  if (!slot) return 0;
  slot->serial = 3;
  slot->policy = 0;
  slot->flags = 0;
  slot->argv_len = 0;
  slot->event.type = GH_EVENT_DECISION;
  slot->event.rule = 2;
  slot->event.access = GH_READ;
  slot->event.verdict = GH_DENY;
  slot->event.reason = GH_REASON_RULE;
  slot->text_len = sizeof(GH_FLOOD_PATH) - 1;
  __builtin_memcpy(slot->text, GH_FLOOD_PATH, sizeof(GH_FLOOD_PATH) - 1);
  made = bpf_loop(flood->events, gh_flood_one, &index, 0);
  gh_release(slot);
  return made;
}
