/* SPDX-License-Identifier: GPL-2.0-only */
/* Walks the automaton: eight bytes of a name at a time, and no further into a component than its
 * state can still change. Its cost depends on the path alone, never on the number of rules. */
#include "match.h"
#include "read.h"
#include "shared/steps.h"

struct gh_feeder {
    const struct gh_states *states;
    const struct gh_transitions *transitions;
    __u64 state; /* the state's word */
    __u64 id;    /* and its number */
    __u64 name;  /* bytes of the component left to feed */
    __u32 left, at;
};

GH_INLINE void gh_feed(struct gh_feeder *f, __u8 byte)
{
    __u64 cell = gh_state_base(f->state) + byte, next;

    GH_BOUND(cell, GH_MAX_TRANSITIONS - 1);
    next = gh_next(f->id, f->state, f->transitions->at[cell]);
    if (next == f->id)
        return;
    GH_BOUND(next, GH_MAX_STATES - 1);
    f->id = next;
    f->state = f->states->at[next];
}

#define GH_FED 1
#define GH_UNREADABLE 2

/* Starts a component. Non-zero: its name cannot be read. */
GH_INLINE int gh_feed_name(struct gh_feeder *f, __u64 dentry)
{
    gh_feed(f, '/');
    if (gh_state_flags(f->state) & (GH_STATE_SKIP | GH_STATE_FINAL))
        return 0;
    f->left = GH_GET(dentry, dentry, d_name.len);
    f->name = (__u64)GH_GET(dentry, dentry, d_name.name);
    return f->name ? 0 : GH_UNREADABLE;
}

/* Up to eight bytes of the present component. */
GH_INLINE void gh_feed_word(struct gh_feeder *f)
{
    __u64 word = GH_WORD(f->name);

#pragma unroll
    for (int i = 0; i < 8; i++) {
        gh_feed(f, (__u8)word);
        word >>= 8;
        f->left--;
        if (gh_state_flags(f->state) & (GH_STATE_SKIP | GH_STATE_FINAL))
            f->left = 0;
        if (!f->left)
            return;
    }
    f->name += 8;
}

/* One of the two. Non-zero: it ended. */
GH_INLINE int gh_feed_step(struct gh_slot *slot, struct gh_feeder *f)
{
    bool final = gh_state_flags(f->state) & GH_STATE_FINAL;
    __u64 at;

    if (f->left) {
        gh_feed_word(f);
        return 0;
    }
    if (!f->at)
        return GH_FED;
    if (final || f->at == 1)
        slot->directory = f->id; /* the directory's own state: what follows is the last component */
    if (final)
        return GH_FED;
    at = --f->at;
    GH_BOUND(at, GH_MAX_DEPTH - 1);
    return gh_feed_name(f, slot->names[at]);
}

GH_INLINE bool gh_feeder_init(struct gh_feeder *f, __u64 id)
{
    __u32 zero = 0;

    f->states = bpf_map_lookup_elem(&gh_states, &zero);
    f->transitions = bpf_map_lookup_elem(&gh_transitions, &zero);
    if (!f->states || !f->transitions)
        return false;
    GH_BOUND(id, GH_MAX_STATES - 1);
    f->id = id;
    f->state = f->states->at[id];
    return true;
}

#ifndef GH_FAST
/* State lies in the slot, not in the context: see path.bpf.c. */
static long gh_feed_again(__u32 i, void *context)
{
    struct gh_slot *slot = gh_slot_at(*(__u32 *)context);
    struct gh_feeder f;
    int done;

    if (!slot || !gh_feeder_init(&f, slot->feed[0]))
        return 1;
    f.name = slot->feed[1];
    f.left = slot->feed[2];
    f.at = slot->at;
    done = gh_feed_step(slot, &f);
    slot->feed[0] = f.id;
    slot->feed[1] = f.name;
    slot->feed[2] = f.left;
    slot->at = f.at;
    slot->done = done;
    return done != 0;
}
#endif

__noinline int gh_match_path(__u32 index, __u32 start)
{
    struct gh_slot *slot = gh_slot_at(index);
    struct gh_feeder f = {};
    int done = 0;

    if (!slot || !gh_feeder_init(&f, start))
        return GH_REASON_NO_TABLES;
    if (!slot->count)
        gh_feed(&f, '/'); /* the root itself */
#ifdef GH_FAST
    f.at = slot->count;
    do {
        GH_MAY_GOTO(out);
        done = gh_feed_step(slot, &f);
    } while (!done);
out:
#else
    slot->feed[0] = f.id;
    slot->feed[2] = 0;
    slot->at = slot->count;
    slot->done = 0;
    bpf_loop(34 * GH_MAX_DEPTH, gh_feed_again, &index, 0);
    done = slot->done;
    if (!gh_feeder_init(&f, slot->feed[0]))
        return GH_REASON_NO_TABLES;
#endif
    slot->feed[0] = f.id; /* a command goes on from here */
    slot->outcome = gh_state_outcome(f.state);
    if (slot->flags & GH_REQ_TREE) {
        if (!(gh_state_flags(f.state) & GH_STATE_FINAL))
            gh_feed(&f, '/');
        slot->below = f.id;
    }
    return done == GH_FED ? GH_REASON_RULE : done ? GH_REASON_FAULT : GH_REASON_TOO_LONG;
}

#ifdef GH_FAST
__noinline int gh_match_leaf(const struct path *path GH_TRUSTED, __u32 state)
{
    struct dentry *leaf = path->dentry;
    struct gh_feeder f = {};

    if (!gh_feeder_init(&f, state))
        return -1;
    if (!(gh_state_flags(f.state) & GH_STATE_FINAL))
        gh_feed(&f, '/');
    if (!(gh_state_flags(f.state) & (GH_STATE_SKIP | GH_STATE_FINAL))) {
        f.left = leaf->d_name.len;
        f.name = (__u64)leaf->d_name.name;
        if (!f.name)
            return -1;
    }
    while (f.left) {
        GH_MAY_GOTO(out);
        gh_feed_word(&f);
    }
out:
    return f.left ? -1 : (int)gh_state_outcome(f.state);
}
#endif

__noinline int gh_match_endpoint(__u32 index, __u32 start)
{
    struct gh_slot *slot = gh_slot_at(index);
    struct gh_feeder f = {};
    __u32 len;

    if (!slot || !gh_feeder_init(&f, start))
        return GH_REASON_NO_TABLES;
    len = slot->text_len;
    for (__u32 i = 0; i < GH_ENDPOINT_V6_BYTES; i++) {
        if (i >= len || gh_state_flags(f.state) & GH_STATE_FINAL)
            break;
        gh_feed(&f, slot->text[i]);
    }
    slot->outcome = gh_state_outcome(f.state);
    return GH_REASON_RULE;
}

/* '@' and up to 107 bytes, of which any may be NUL. All state lies in the slot: see path.bpf.c. */
static long gh_feed_text_again(__u32 i, void *context)
{
    struct gh_slot *slot = gh_slot_at(*(__u32 *)context);
    struct gh_feeder f;
    __u64 at = i;

    if (!slot || at >= slot->text_len || !gh_feeder_init(&f, slot->feed[0]))
        return 1;
    GH_BOUND(at, 127);
    gh_feed(&f, slot->text[at]);
    slot->feed[0] = f.id;
    slot->done = at + 1;
    return 0;
}

__noinline int gh_match_abstract(__u32 index, __u32 start)
{
    struct gh_slot *slot = gh_slot_at(index);
    struct gh_feeder f = {};

    if (!slot)
        return GH_REASON_BUSY;
    slot->feed[0] = start;
    slot->done = 0;
    bpf_loop(GH_ABSTRACT_BYTES, gh_feed_text_again, &index, 0);
    if (slot->done != slot->text_len || !gh_feeder_init(&f, slot->feed[0]))
        return GH_REASON_NO_TABLES;
    slot->outcome = gh_state_outcome(f.state);
    return GH_REASON_RULE;
}
