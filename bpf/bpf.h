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

#ifdef GH_FAST
#define GH_LINKAGE
/* Of a global function's argument (from 6.9): a pointer that the verifier may follow. Also the one way to a
 * typed dentry where file->f_path lies in a union (from 6.18), which it does not look through. */
#define GH_TRUSTED __attribute__((btf_decl_tag("arg:trusted")))
#else
#define GH_LINKAGE static
#define GH_TRUSTED
#endif

#endif
