/* SPDX-License-Identifier: GPL-2.0-only */
/* Capabilities over the host: the only hook of many operations, each of which is told by its system call.
 * It must never judge what a process may do in a user namespace of its own. */
#include "hooks/guard.h"

#define CAP_DAC_READ_SEARCH 2
#define CAP_NET_RAW 13
#define CAP_SYS_MODULE 16
#define CAP_SYS_CHROOT 18
#define CAP_SYS_PACCT 20
#define CAP_SYS_ADMIN 21
#define CAP_SYS_BOOT 22
#define CAP_SYS_TIME 25
#define CAP_SYSLOG 34
#define CAP_PERFMON 38
#define CAP_BPF 39

GH_INLINE int gh_administers(int number)
{
    switch (number) {
    case 155: /* pivot_root */
    case 165: /* mount */
    case 166: /* umount2 */
    case 428: /* open_tree */
    case 429: /* move_mount */
    case 430: /* fsopen */
    case 431: /* fsconfig */
    case 432: /* fsmount */
    case 433: /* fspick */
    case 442: /* mount_setattr */
    case 467: /* open_tree_attr */
        return GH_PRIVILEGE_MOUNT;
    case 56:  /* clone */
    case 272: /* unshare */
    case 308: /* setns */
    case 435: /* clone3 */
        return GH_PRIVILEGE_NAMESPACES;
    case 167: /* swapon */
    case 168: /* swapoff */
        return GH_PRIVILEGE_SWAP;
    case 179: /* quotactl */
    case 443: /* quotactl_fd */
        return GH_PRIVILEGE_QUOTA;
    case 300: /* fanotify_init */
    case 301: /* fanotify_mark */
        return GH_PRIVILEGE_FANOTIFY;
    case 170: /* sethostname */
    case 171: /* setdomainname */
        return GH_PRIVILEGE_HOSTNAME;
    case 103: /* syslog */
        return GH_PRIVILEGE_SYSLOG;
    case 298: /* perf_event_open */
        return GH_PRIVILEGE_PERF;
    case 321: /* bpf */
        return GH_PRIVILEGE_BPF;
    case 323: /* userfaultfd */
        return GH_PRIVILEGE_USERFAULTFD;
    }
    return GH_PRIVILEGE_CAP_SYS_ADMIN;
}

static __noinline int gh_privilege_of(int capability)
{
    int number = gh_call();

    switch (capability) {
    case CAP_SYS_ADMIN:
        return gh_administers(number);
    case CAP_SYS_MODULE:
        return GH_PRIVILEGE_MODULES;
    case CAP_SYS_TIME:
        return GH_PRIVILEGE_CLOCK;
    case CAP_SYS_PACCT:
        return GH_PRIVILEGE_ACCOUNTING;
    case CAP_SYSLOG:
        return GH_PRIVILEGE_SYSLOG;
    case CAP_SYS_BOOT:
        return number == 169 /* reboot */ ? GH_PRIVILEGE_REBOOT : GH_PRIVILEGE_KEXEC;
    case CAP_SYS_CHROOT:
        return number == 308 /* setns */ ? GH_PRIVILEGE_NAMESPACES : GH_PRIVILEGE_CHROOT;
    case CAP_DAC_READ_SEARCH:
        if (number == 304 /* open_by_handle_at */)
            return GH_PRIVILEGE_FILE_HANDLES;
        break;
    case CAP_NET_RAW:
        if (number == 41 /* socket */)
            return GH_PRIVILEGE_RAW_SOCKETS;
        break;
    case CAP_PERFMON:
        if (number == 298 /* perf_event_open */)
            return GH_PRIVILEGE_PERF;
        if (number == 321 /* bpf */)
            return GH_PRIVILEGE_BPF;
        break;
    case CAP_BPF:
        return GH_PRIVILEGE_BPF;
    }
    return GH_FIRST_CAPABILITY + (capability & 63);
}

/* The kernel asks this hook only for what the process's own capabilities would let it. */
SEC("lsm/capable")
int BPF_PROG(gh_capable, const struct cred *cred, struct user_namespace *ns, int capability,
             unsigned int options)
{
    struct gh_session *session = gh_scope();
    int privilege;

    if (!session || ns->level || gh_inside_overlay())
        return 0;
    privilege = gh_privilege_of(capability);
    if (options & CAP_OPT_NOAUDIT) /* the caller only wants to know */
        return gh_errno(gh_may(session->policy, privilege) ? GH_GO : GH_MAY_NOT, -EPERM);
    return gh_errno(gh_privilege(session, privilege, 0), -EPERM);
}

SEC("lsm/syslog")
int gh_syslog(void *ctx) { return gh_guard(GH_PRIVILEGE_SYSLOG); }
