/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads argument strings through the page tables of the image that execve is making, eight bytes at a time.
 * It must never go on where a page is not there: what cannot be read is denied. */
#include "argv.h"
#include "hash.h"
#include "match.h"
#include "read.h"

/* So many words are more than execve takes (6 MiB). */
#define GH_ARGV_WORDS (1u << 20)
#define GH_PAGE_BYTES 4096u
#define GH_PTE_PRESENT 1u
#define GH_PTE_LEAF                                                                                \
    128u /* above the last level: a large page, which argument strings never lie in */
#define GH_PTE_ADDRESS 0x000ffffffffff000ull

/* Where all memory is mapped, how many levels page tables have, and which bits of an entry are an address (fewer
 * where memory is encrypted). A kernel that does not tell the first lets no arguments be read. */
extern const void page_offset_base __ksym __weak;
extern const void pgdir_shift __ksym __weak;
extern const void physical_mask __ksym __weak;

GH_INLINE __u64 gh_variable(const void *address, __u64 otherwise)
{
    __u64 value;

    return address && !bpf_probe_read_kernel(&value, 8, address) ? value : otherwise;
}

/* What entry `at >> shift` of a table says: an address in the kernel's map of all memory; 0: nothing is there. */
GH_INLINE __u64 gh_below_entry(__u64 table, __u64 at, __u32 shift, __u64 base)
{
    __u64 entry = 0;

    if (!table ||
        bpf_probe_read_kernel(&entry, 8, (const void *)(table + (at >> shift & 511) * 8)) ||
        !(entry & GH_PTE_PRESENT) || (shift > 12 && entry & GH_PTE_LEAF))
        return 0;
    return base + (entry & GH_PTE_ADDRESS & gh_variable(&physical_mask, GH_PTE_ADDRESS));
}

/* Kernel address of the byte at user address `at`; 0: no page is there. */
GH_INLINE __u64 gh_byte_at(__u64 table, __u64 at)
{
    __u64 base = gh_variable(&page_offset_base, 0);

    if (!base)
        return 0;
    if ((__u32)gh_variable(&pgdir_shift, 39) > 39)
        table = gh_below_entry(table, at, 48, base);
    table = gh_below_entry(table, at, 39, base);
    table = gh_below_entry(table, at, 30, base);
    table = gh_below_entry(table, at, 21, base);
    table = gh_below_entry(table, at, 12, base);
    return table ? table + at % GH_PAGE_BYTES : 0;
}

/* The eight bytes at argv_at, of which those from argv_end on mean nothing; then argv_at is eight further. */
GH_INLINE bool gh_argv_word(struct gh_slot *slot, __u64 *word)
{
    __u64 at = slot->argv_at, rest = GH_PAGE_BYTES - at % GH_PAGE_BYTES, before = 0, more = 0, from;

    if (at >= slot->argv_end)
        return false;
    if (rest < 8)
        before =
            8 - rest; /* its end lies on the next page: read the last eight bytes of this one */
    from = gh_byte_at(slot->argv_pages, at - before);
    if (!from || bpf_probe_read_kernel(word, 8, (const void *)from))
        return false;
    *word >>= before * 8;
    if (before && at + rest < slot->argv_end) {
        from = gh_byte_at(slot->argv_pages, at + rest);
        if (!from || bpf_probe_read_kernel(&more, 8, (const void *)from))
            return false;
        *word |= more << rest * 8;
    }
    slot->argv_at = at + 8;
    return true;
}

GH_INLINE void gh_argv_rewind(struct gh_slot *slot)
{
    slot->argv_at = slot->argv_from;
    slot->at = 0; /* number of the string */
    slot->done = 0;
}

/* The first string is the caller's to choose and says nothing: the program's own name stands for it. */
GH_INLINE void gh_feed_argument_byte(struct gh_slot *slot, struct gh_feeder *f, __u8 byte)
{
    if (!byte) {
        if (++slot->at < slot->argv_count)
            gh_feed(f, '/');
    } else if (slot->at) {
        gh_feed(f, gh_argv_byte(byte));
    }
}

/* All state lies in the slot: see path.bpf.c. */
static long gh_feed_argv_again(__u32 i, void *context)
{
    struct gh_slot *slot = gh_slot_at(*(__u32 *)context);
    struct gh_feeder f;
    __u64 word;

    if (!slot || !gh_feeder_init(&f, slot->feed[0]))
        return 1;
    if (gh_state_flags(f.state) & GH_STATE_FINAL || slot->at >= slot->argv_count) {
        slot->done = GH_FED;
        return 1;
    }
    if (!gh_argv_word(slot, &word)) {
        slot->done = GH_UNREADABLE;
        return 1;
    }
    for (int k = 0; k < 8 && slot->at < slot->argv_count; k++) {
        gh_feed_argument_byte(slot, &f, (__u8)word);
        word >>= 8;
    }
    slot->feed[0] = f.id;
    return 0;
}

__noinline int gh_match_argv(__u32 index)
{
    struct gh_slot *slot = gh_slot_at(index);
    struct gh_feeder f = {};

    if (!slot || !gh_feeder_init(&f, slot->feed[0]))
        return GH_REASON_NO_TABLES;
    gh_feed(&f, 0);
    slot->feed[0] = f.id;
    gh_argv_rewind(slot);
    bpf_loop(GH_ARGV_WORDS, gh_feed_argv_again, &index, 0);
    if (!gh_feeder_init(&f, slot->feed[0]))
        return GH_REASON_NO_TABLES;
    slot->outcome = gh_state_outcome(f.state);
    return slot->done == GH_FED          ? GH_REASON_RULE
           : slot->done == GH_UNREADABLE ? GH_REASON_FAULT
                                         : GH_REASON_TOO_LONG;
}

/* Zeroes what lies behind the last string. Returns how many bytes count. */
GH_INLINE __u32 gh_argv_trim(struct gh_slot *slot, __u64 *word)
{
    __u64 rest = *word;
    __u32 count = 0;

    while (count < 8 && slot->at < slot->argv_count) {
        if (!(rest & 0xff))
            slot->at++;
        rest >>= 8;
        count++;
    }
    if (count < 8)
        *word &= (1ull << (count * 8)) - 1;
    return count;
}

static long gh_copy_argv_again(__u32 i, void *context)
{
    struct gh_slot *slot = gh_slot_at(*(__u32 *)context);
    __u64 word, to = (__u64)i * 8;
    struct gh_sip sip;
    __u32 count;

    if (!slot)
        return 1;
    if (slot->at >= slot->argv_count) {
        slot->done = GH_FED;
        return 1;
    }
    if (!gh_argv_word(slot, &word))
        return 1;
    count = gh_argv_trim(slot, &word);
    gh_sip_load(&sip, slot);
    gh_sip_word(&sip, word);
    gh_sip_store(&sip, slot);
    if (to >= GH_ARGV_BYTES)
        return 0;
    slot->argv_len = to + count;
    to += slot->text_len;
    GH_BOUND(to, 8191);
    if (to <= GH_PATH_BYTES + GH_ARGV_BYTES)
        bpf_probe_read_kernel(&slot->text[to], 8, &word);
    return 0;
}

__noinline int gh_argv_text(__u32 index)
{
    struct gh_slot *slot = gh_slot_at(index);
    struct gh_sip sip;

    if (!slot)
        return -1;
    gh_sip_init(&sip, gh_secret[0], gh_secret[1]);
    gh_sip_store(&sip, slot);
    gh_argv_rewind(slot);
    bpf_loop(GH_ARGV_WORDS, gh_copy_argv_again, &index, 0);
    gh_sip_load(&sip, slot);
    gh_sip_word(&sip, slot->argv_count); /* or an empty last one would not count */
    gh_sip_final(&sip, slot->argv_hash);
    return slot->done == GH_FED ? 0 : -1;
}
