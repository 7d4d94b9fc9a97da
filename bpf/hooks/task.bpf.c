/* SPDX-License-Identifier: GPL-2.0-only */
/* Priority, affinity and limits of processes outside of the session (their memory: ptrace_access_check).
 * It must never judge what a session does to its own. */
#include "hooks/guard.h"

SEC("lsm/task_setnice")
int BPF_PROG(gh_task_setnice, struct task_struct *task)
{
    return gh_guard_task(GH_PRIVILEGE_SCHEDULING, task);
}

SEC("lsm/task_setscheduler")
int BPF_PROG(gh_task_setscheduler, struct task_struct *task)
{
    return gh_guard_task(GH_PRIVILEGE_SCHEDULING, task);
}

SEC("lsm/task_setioprio")
int BPF_PROG(gh_task_setioprio, struct task_struct *task)
{
    return gh_guard_task(GH_PRIVILEGE_SCHEDULING, task);
}

SEC("lsm/task_setrlimit")
int BPF_PROG(gh_task_setrlimit, struct task_struct *task)
{
    return gh_guard_task(GH_PRIVILEGE_SCHEDULING, task);
}
