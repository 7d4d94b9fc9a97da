/* SPDX-License-Identifier: GPL-2.0-only */
/* All kernel memory of Gatehouse, declared on one page (maps.bpf.c defines it).
 * It must never name a map that a hook owns alone: what is not here does not exist. */
#ifndef GH_MAPS_H
#define GH_MAPS_H

#include "bpf.h"

#include "shared/abi.h"

/* Working memory of one hook run, leased for as long as the run lasts (slot.h): a hook can be
 * preempted, so nothing that a verdict depends on may lie in per-CPU memory. */
struct gh_slot {
    __u64 owner; /* 0: free */

    /* The request, filled by the hook. */
    __u64 dentry;   /* path: where to walk from; 0: the request is in text */
    __u64 mnt;      /* path: struct vfsmount */
    __u64 serial;   /* session */
    __u32 policy;   /* slot in policies, read once for the whole run */
    __u32 accesses; /* bit per column */
    __u32 base;     /* number of column 0 in gh_access: 0 paths, 8 network, 16 privilege */
    __u32 flags;    /* GH_REQ_* */

    __u32 privilege; /* which, when base says so */

    /* Its resolution. */
    __u32 count;   /* components in names, leaf first */
    __u32 outcome; /* index into outcomes; GH_NO_STATE: unresolved */
    __u32
        before; /* outcome of the name that this one stands beside or replaces; GH_NO_STATE: none */
    __u32
        held; /* outcome of a name that a rule holds the very file by (held.h); GH_NO_STATE: none */
    __u32 below;         /* GH_REQ_TREE: automaton state for all names below this one */
    __u32 below_before;  /* and below that other name; GH_NO_STATE: no tree is moved */
    __u32 asks;          /* bit per column that must be asked */
    struct gh_cell cell; /* the deciding cell */
    __u32 column;        /* and its column */
    __u32 reason;        /* GH_REASON_* */
    __u32 text_len;
    __u64 walk[3]; /* state of the walk: dentry, mount, root of the mount */
    __u64 feed[4]; /* state of the match: automaton state, its number, name left, its length */
    __u32 at;      /* component that is matched or copied */
    __u32 done;    /* how the walk or feed ended */
    __u64 alias;   /* GH_REQ_ALIAS: the mount that is tried */
    __u32 named;   /* and the verdict so far */
    __u32 cut;     /* text is the beginning of a longer path */

    /* GH_REQ_COMMAND: the arguments (argv.h). */
    __u64 argv_pages; /* page tables of the memory in which they lie */
    __u64 argv_from, argv_end, argv_at;
    __u64 argv_hash[2]; /* binds an answer to all of them; 0: no arguments were looked at */
    __u32 argv_count;   /* strings */
    __u32 argv_len;     /* bytes of them behind text */
    __u32 opened;       /* outcome of the program alone */

    /* For directory.h: what one undisturbed walk found. */
    __u32 directory; /* automaton state before the last component; GH_NO_STATE: none */
    __u32 number;    /* of the policy */
    __u64 moves;     /* the sequence numbers */
    __u64 object[2];
    struct gh_grant_key key;
    struct gh_grant grant;
    struct gh_ask ask;
    __u64 names[GH_MAX_DEPTH]; /* dentries */

    /* The event and its text, one after the other as the ring takes them. The slack lets a name of
     * 255 bytes be copied to any offset below GH_PATH_BYTES. */
    struct gh_event event;
    __u8 text[GH_PATH_BYTES + GH_ARGV_BYTES + 512];
};

#define GH_REQ_LEAF_FREE 1u /* the leaf may be unhashed: it is being made or removed */
#define GH_REQ_OPEN 2u      /* file_open: overlayfs asks again for its own backing file */
#define GH_REQ_CREATED 4u   /* the file was made by this very open: its creation was asked */
#define GH_REQ_NO_ASK 8u    /* cannot be held here: an unanswered ask is a deny */
#define GH_REQ_MAPPED 16u   /* mapping for execution: memory without a name may be mapped */
#define GH_REQ_PEEK 64u    /* cgroup hook: only look for an answer, and tell only what is stopped */
#define GH_REQ_REMOTE 128u /* softirq: the current task has nothing to do with it */
#define GH_REQ_SELF 2048u  /* privilege: it would reach Gatehouse itself, which no policy allows */
#define GH_REQ_TREE 256u   /* a directory is renamed: what is below it moves along */
#define GH_REQ_ABSTRACT 512u /* no dentry: text is '@' and the name of an abstract unix socket */
#define GH_REQ_SOCKET 1024u  /* link, rename: what is moved is a unix socket */
#define GH_REQ_COMMAND 4096u /* exec: the program was judged, now it is judged with its arguments */
#define GH_REQ_ALIAS 32u     /* mnt is a guess: a walk that does not meet its root is no path */

struct gh_states {
    __u64 at[GH_MAX_STATES];
};
struct gh_transitions {
    __u64 at[GH_MAX_TRANSITIONS];
};

/* The tables of every live policy. Published ranges are never written while a session points there. */
extern struct gh_states_map {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct gh_states);
} gh_states SEC(".maps");

extern struct gh_transitions_map {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct gh_transitions);
} gh_transitions SEC(".maps");

extern struct gh_outcomes_map {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, GH_MAX_OUTCOMES);
    __type(key, __u32);
    __type(value, struct gh_outcome);
} gh_outcomes SEC(".maps");

extern struct gh_policies_map {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, GH_MAX_POLICIES);
    __type(key, __u32);
    __type(value, struct gh_policy);
} gh_policies SEC(".maps");

/* Files that rules name literally (held.h). Full: the policy is refused. */
extern struct gh_held_map {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, GH_MAX_HELD);
    __type(key, struct gh_file_key);
    __type(value, __u32);
} gh_held SEC(".maps");

extern struct gh_sessions_map {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, GH_MAX_SESSIONS);
    __type(key, __u32);
    __type(value, struct gh_session);
} gh_sessions SEC(".maps");

/* Cgroup id of a session's root → index in sessions. Full: no further session is admitted. */
extern struct gh_scopes_map {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, GH_MAX_SESSIONS);
    __type(key, __u64);
    __type(value, __u32);
} gh_scopes SEC(".maps");

/* Thread → its open ask. Full: the ask is denied (asks-full). */
extern struct gh_asks_map {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, GH_MAX_ASKS);
    __type(key, __u32);
    __type(value, struct gh_ask);
} gh_asks SEC(".maps");

/* Answers. Full: the controller reports it and the asker is denied. */
extern struct gh_grants_map {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, GH_MAX_GRANTS);
    __type(key, struct gh_grant_key);
    __type(value, struct gh_grant);
} gh_grants SEC(".maps");

/* Telemetry. Full: counted in counters.lost_events. */
extern struct gh_events_map {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 1 << 20);
} gh_events SEC(".maps");

/* Asks have a ring of their own, so that a flood of telemetry cannot stop them. Full: it waits to be heard. */
extern struct gh_asked_map {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 1 << 20);
} gh_asked SEC(".maps");

extern struct gh_counters_map {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct gh_counters);
} gh_counters SEC(".maps");

/* A power of two of slots, at least twice the CPUs: set before load. All leased: denied (busy). */
extern struct gh_slots_map {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 16);
    __type(key, __u32);
    __type(value, struct gh_slot);
} gh_slots SEC(".maps");

/* Directory → where the automaton stands after its path (directory.h). Any field that does not agree
 * with the present makes the rest worthless; lost or full: the path is walked. */
struct gh_directory {
    __u64 version;   /* odd while it is written */
    __u64 moves;     /* both sequence numbers (sequence.h) when the path was read */
    __u64 mnt;       /* vfsmount by which it was reached */
    __u64 namespace; /* that the mount belongs to */
    __u64 judged_by; /* the policy's number, and the time, roughly */
    __u64 state;
};

extern struct gh_directories_map {
    __uint(type, BPF_MAP_TYPE_INODE_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct gh_directory);
} gh_directories SEC(".maps");

/* Task → the session that it belongs to for its life, wherever it is moved (scope.h). */
extern struct gh_members_map {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct gh_member);
} gh_members SEC(".maps");

/* System V object → serial of the session that made it. Full: it counts as made outside. */
extern struct gh_ipc_map {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 16384);
    __type(key, __u64);
    __type(value, __u64);
} gh_ipc SEC(".maps");

/* Set before load. */
extern const volatile __u64 gh_root_id;    /* cgroup below which `run` makes its sessions */
extern const volatile __u32 gh_root_level; /* its depth */
extern const volatile __u32 gh_slot_mask;  /* slots - 1 */
extern const volatile __u64 gh_secret[2];  /* key of the object hash */
/* bpf_lsm_inode_setattr takes an idmap before the dentry (from 6.8): found in the kernel's BTF. */
extern const volatile __u32 gh_setattr_idmap;

/* Address of that cgroup, once a task of ours has come by (scope.h). */
extern __u64 gh_root_at;

/* Last byte of the id of a session's cgroup → index where its entry was last found: a guess, which that entry
 * confirms or not. */
extern __u16 gh_places[256];

/* Some member was seen in the cgroup of another session: membership is looked up first from then on. */
extern __u32 gh_strangers;

/* Written by the controller while we run. */
extern struct gh_controls gh_controls SEC(".data.controls");

#endif
