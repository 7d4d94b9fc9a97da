/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads kernel memory whose type the verifier has lost sight of, and loops over it: two forms of each.
 * GH_FAST (from 6.9): a cast that costs nothing, and may_goto. Otherwise: probe_read and bpf_loop. */
#ifndef GH_READ_H
#define GH_READ_H

#include "kernel.h"

#ifdef GH_FAST

extern void *bpf_rdonly_cast(const void *object, __u32 btf_id) __ksym;

/* A fault reads as 0 in both forms; the callers take a null pointer for a fault. */
#define GH_AS(type, address)                                                                       \
    ((const struct type *)bpf_rdonly_cast((const void *)(address),                                 \
                                          bpf_core_type_id_kernel(struct type)))
#define GH_GET(type, address, field) (GH_AS(type, address)->field)

/* Any eight bytes: seen through a kernel struct that begins with a 64-bit field. */
#define GH_WORD(address) ((__u64)GH_GET(timespec64, address, tv_sec))

/* One may_goto (opcode 0xe5, which clang 14 cannot spell): leaves the loop when the budget ends. */
#define GH_MAY_GOTO(label)                                                                         \
    asm volatile goto("1:.byte 0xe5; .byte 0; .long ((%l[" #label "] - 1b - 8) / 8) & 0xffff; "    \
                      ".short 0" :: ::label)

#else

#define GH_GET(type, address, field)                                                               \
    ({                                                                                             \
        typeof(((struct type *)0)->field) value_ = 0;                                              \
        bpf_probe_read_kernel(                                                                     \
            &value_, sizeof(value_),                                                               \
            (const void *)((address) + bpf_core_field_offset(struct type, field)));                \
        value_;                                                                                    \
    })

#define GH_WORD(address)                                                                           \
    ({                                                                                             \
        __u64 value_ = 0;                                                                          \
        bpf_probe_read_kernel(&value_, 8, (const void *)(address));                                \
        value_;                                                                                    \
    })

#endif

#endif
