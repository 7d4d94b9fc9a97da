/* SPDX-License-Identifier: GPL-2.0-only */
/* What every BPF file needs of libbpf and of the compiler, and nothing of our own.
 * It must never declare a kernel struct: those few are in kernel.h. */
#ifndef GH_BPF_H
#define GH_BPF_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* Keeps clang from moving a mask away from the access that the verifier wants it at. */
#define GH_BOUND(index, mask) asm volatile("%0 &= %1" : "+r"(index) : "i"(mask))

#define GH_INLINE static __always_inline

#endif
