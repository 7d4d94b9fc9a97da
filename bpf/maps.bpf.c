/* SPDX-License-Identifier: GPL-2.0-only */
/* The one definition of all kernel memory that maps.h declares.
 * It must never hold a program: this file is the memory, whole. */
#include "maps.h"

char LICENSE[] SEC("license") = "GPL";

struct gh_states_map gh_states SEC(".maps");
struct gh_transitions_map gh_transitions SEC(".maps");
struct gh_outcomes_map gh_outcomes SEC(".maps");
struct gh_policies_map gh_policies SEC(".maps");
struct gh_held_map gh_held SEC(".maps");
struct gh_sessions_map gh_sessions SEC(".maps");
struct gh_scopes_map gh_scopes SEC(".maps");
struct gh_asks_map gh_asks SEC(".maps");
struct gh_grants_map gh_grants SEC(".maps");
struct gh_events_map gh_events SEC(".maps");
struct gh_asked_map gh_asked SEC(".maps");
struct gh_counters_map gh_counters SEC(".maps");
struct gh_slots_map gh_slots SEC(".maps");
struct gh_directories_map gh_directories SEC(".maps");
struct gh_members_map gh_members SEC(".maps");
struct gh_ipc_map gh_ipc SEC(".maps");

const volatile __u64 gh_root_id = 0;
const volatile __u32 gh_root_level = 1;
const volatile __u32 gh_slot_mask = 15;
const volatile __u64 gh_secret[2] = {0, 0};
const volatile __u32 gh_setattr_idmap = 0;

__u64 gh_root_at = 0;
__u32 gh_strangers = 0;
__u16 gh_places[256] = {};

struct gh_controls gh_controls SEC(".data.controls") = {0, 0, GH_ABI_VERSION};
