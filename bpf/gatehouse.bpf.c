/* SPDX-License-Identifier: GPL-2.0-only */
/* The whole program as one translation unit, bottom up: the order below is the architecture.
 * It must never hold code; see docs/decisions/002-one-bpf-unit.md for why not linked objects. */
#include "maps.bpf.c"

#include "scope.bpf.c"
#include "slot.bpf.c"

#include "path.bpf.c"

#include "match.bpf.c"

#include "argv.bpf.c"

#include "directory.bpf.c"

#include "emit.bpf.c"

#include "ask.bpf.c"

#include "judge.bpf.c"

#include "decide.bpf.c"

#include "alias.bpf.c"

#include "interface.bpf.c"

#include "held.bpf.c"

#include "hooks/attributes.bpf.c"
#include "hooks/capability.bpf.c"
#include "hooks/descriptor.bpf.c"
#include "hooks/exec.bpf.c"
#include "hooks/file.bpf.c"
#include "hooks/gate.bpf.c"
#include "hooks/guard.bpf.c"
#include "hooks/ipc.bpf.c"
#include "hooks/members.bpf.c"
#include "hooks/names.bpf.c"
#include "hooks/net.bpf.c"
#include "hooks/process.bpf.c"
#include "hooks/socket.bpf.c"
#include "hooks/task.bpf.c"
#include "hooks/unix.bpf.c"
