/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Every type, limit and vocabulary that the kernel side and the user side share.
 * It must never hold code, nor a type whose layout depends on the compiler. */
#ifndef GH_ABI_H
#define GH_ABI_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#ifdef __cplusplus
#include <cstddef>
#define GH_ASSERT(cond) static_assert(cond, #cond)
#else
#define GH_ASSERT(cond) _Static_assert(cond, #cond)
#endif

/* A change of any layout below: pins of another version are not adopted. */
#define GH_ABI_VERSION 8

/* ---- Limits ---------------------------------------------------------------------------------- */
#define GH_MAX_STATES (1u << 18)      /* automaton states, all live policies together: 2 MiB */
#define GH_MAX_TRANSITIONS (1u << 20) /* comb cells, likewise: 8 MiB; a base has 20 bits */
#define GH_MAX_OUTCOMES (1u << 14)    /* distinct answers, likewise: 512 KiB */
#define GH_MAX_RULES 65000            /* per policy, all layers; 0xffff names a section's default */
#define GH_MAX_SESSIONS 1024          /* live sessions */
#define GH_MAX_POLICIES 2048          /* live and outgoing generations */
#define GH_MAX_DEPTH 2048             /* components of one path: 4,096 bytes hold no more */
#define GH_PATH_BYTES 4096  /* bytes of one path in an event; a longer one is cut and flagged */
#define GH_ARGV_BYTES 1024  /* bytes of argv in an exec event, NUL between arguments */
#define GH_MAX_ASKS 16384   /* threads waiting for an answer */
#define GH_MAX_GRANTS 65536 /* remembered answers */
#define GH_MAX_HELD 65536   /* files that the rules of all live policies name literally */
#define GH_MAX_LEVELS 32    /* cgroup nesting searched for an attached ancestor */
#define GH_STALE_NS 5000000000ull /* a controller silent for so long is unattended (ktime, ns) */
#define GH_SPINNERS 4             /* threads that may spin at once until they are frozen */
#define GH_SPIN_NS 1000000000ull  /* and each for so long: then it is stopped */

/* ---- Verdicts: a larger number is stricter ---------------------------------------------------- */
#define GH_VERDICTS(X)                                                                             \
    X(ALLOW, 0, "allow")                                                                           \
    X(ASK, 1, "ask")                                                                               \
    X(DENY, 2, "deny")                                                                             \
    X(KILL, 3, "kill")

/* ---- Accesses: column in an outcome = value & 7, class = value >> 3 ---------------------------- */
#define GH_PATH_ACCESSES(X)                                                                        \
    X(READ, 0, "read")                                                                             \
    X(WRITE, 1, "write") /* change of content: open for writing, truncate */                       \
    X(CREATE, 2, "create")                                                                         \
    X(DELETE, 3, "delete")                                                                         \
    X(METADATA, 4, "metadata") /* mode, owner, times, xattr, ACL */                                \
    X(EXEC, 5, "exec")                                                                             \
    X(UNIX, 6, "unix") /* connect or send to: a path, or '@' and an abstract name */
#define GH_NET_ACCESSES(X)                                                                         \
    X(CONNECT, 8, "connect")                                                                       \
    X(SEND, 9, "send")                                                                             \
    X(BIND, 10, "bind")                                                                            \
    X(LISTEN, 11, "listen")                                                                        \
    X(ACCEPT, 12, "accept")
#define GH_OTHER_ACCESSES(X) X(PRIVILEGE, 16, "privilege") /* which one: GH_PRIVILEGES */
#define GH_ACCESSES(X) GH_PATH_ACCESSES(X) GH_NET_ACCESSES(X) GH_OTHER_ACCESSES(X)
#define GH_PATH_COLUMNS 7 /* columns that paths have: the widest class */
#define GH_ACCESS_COLUMN(access) ((access)&7)
#define GH_ACCESS_CLASS(access) ((access) >> 3) /* 0 path, 1 network, 2 privilege */

/* ---- Privileges: bit n of gh_privileges. (NAME, value, word in policies and events, sentence) ---- */
/* Operations, each of which some hook knows when it sees it. */
#define GH_OPERATIONS(X)                                                                           \
    X(MOUNT, 0, "mount", "mount, move and unmount file systems, and change the root")              \
    X(USER_NAMESPACES, 1, "user_namespaces", "make user namespaces")                               \
    X(PTRACE, 2, "ptrace", "look into or control processes outside of the session")                \
    X(SIGNAL, 3, "signal", "send signals to processes outside of the session")                     \
    X(BPF, 4, "bpf", "use bpf(2)")                                                                 \
    X(MODULES, 5, "modules", "load and unload kernel modules")                                     \
    X(KEXEC, 6, "kexec", "load another kernel")                                                    \
    X(PERF, 7, "perf", "open performance events")                                                  \
    X(CGROUPS, 8, "cgroups", "change cgroups, or start processes in another one")                  \
    X(NAMESPACES, 9, "namespaces", "make and enter namespaces other than user ones")               \
    X(CHROOT, 10, "chroot", "change the root directory")                                           \
    X(IO_URING, 11, "io_uring", "set up io_uring")                                                 \
    X(USERFAULTFD, 12, "userfaultfd", "handle page faults in user space")                          \
    X(KEYRINGS, 13, "keyrings", "use the kernel's keyrings")                                       \
    X(RAW_SOCKETS, 14, "raw_sockets", "make raw and packet sockets")                               \
    X(NETLINK, 15, "netlink", "make netlink sockets other than those for routes")                  \
    X(VSOCK, 16, "vsock", "make sockets to virtual machines and their host")                       \
    X(CRYPTO_SOCKETS, 17, "crypto_sockets", "use the kernel's ciphers by sockets (AF_ALG)")        \
    X(OTHER_SOCKETS, 18, "other_sockets",                                                          \
      "make sockets of families and protocols that no rule speaks of")                             \
    X(DEVICES, 19, "devices", "open or make device nodes other than the harmless ones")            \
    X(SYSCTL, 20, "sysctl", "change settings of the kernel (/proc/sys, /sys)")                     \
    X(FILE_HANDLES, 21, "file_handles", "open files by handle")                                    \
    X(FANOTIFY, 22, "fanotify", "watch whole file systems")                                        \
    X(CLOCK, 23, "clock", "set the clock")                                                         \
    X(SWAP, 24, "swap", "switch swap on and off")                                                  \
    X(QUOTA, 25, "quota", "change disk quotas")                                                    \
    X(SYSLOG, 26, "syslog", "read or control the kernel's log")                                    \
    X(REBOOT, 27, "reboot", "restart or halt the host")                                            \
    X(ACCOUNTING, 28, "accounting", "switch process accounting")                                   \
    X(HOSTNAME, 29, "hostname", "name the host")                                                   \
    X(TERMINAL_INPUT, 30, "terminal_input", "put input into a terminal as if it had been typed")   \
    X(SCHEDULING, 31, "scheduling",                                                                \
      "change priority, affinity or limits of processes outside of the session")                   \
    X(IPC, 32, "ipc",                                                                              \
      "use shared memory, semaphores and queues that were made outside of the session")
/* Capabilities over the host, where no operation above is the better word: 64 + the kernel's number. */
#define GH_CAPABILITIES(X)                                                                         \
    X(CAP_CHOWN, 64, "chown", "use CAP_CHOWN")                                                     \
    X(CAP_DAC_OVERRIDE, 65, "dac_override", "use CAP_DAC_OVERRIDE")                                \
    X(CAP_DAC_READ_SEARCH, 66, "dac_read_search", "use CAP_DAC_READ_SEARCH")                       \
    X(CAP_FOWNER, 67, "fowner", "use CAP_FOWNER")                                                  \
    X(CAP_FSETID, 68, "fsetid", "use CAP_FSETID")                                                  \
    X(CAP_KILL, 69, "kill", "use CAP_KILL")                                                        \
    X(CAP_SETGID, 70, "setgid", "use CAP_SETGID")                                                  \
    X(CAP_SETUID, 71, "setuid", "use CAP_SETUID")                                                  \
    X(CAP_SETPCAP, 72, "setpcap", "use CAP_SETPCAP")                                               \
    X(CAP_LINUX_IMMUTABLE, 73, "linux_immutable", "use CAP_LINUX_IMMUTABLE")                       \
    X(CAP_NET_BIND_SERVICE, 74, "net_bind_service", "use CAP_NET_BIND_SERVICE")                    \
    X(CAP_NET_BROADCAST, 75, "net_broadcast", "use CAP_NET_BROADCAST")                             \
    X(CAP_NET_ADMIN, 76, "net_admin", "use CAP_NET_ADMIN")                                         \
    X(CAP_NET_RAW, 77, "net_raw", "use CAP_NET_RAW")                                               \
    X(CAP_IPC_LOCK, 78, "ipc_lock", "use CAP_IPC_LOCK")                                            \
    X(CAP_IPC_OWNER, 79, "ipc_owner", "use CAP_IPC_OWNER")                                         \
    X(CAP_SYS_MODULE, 80, "sys_module", "use CAP_SYS_MODULE")                                      \
    X(CAP_SYS_RAWIO, 81, "sys_rawio", "use CAP_SYS_RAWIO")                                         \
    X(CAP_SYS_CHROOT, 82, "sys_chroot", "use CAP_SYS_CHROOT")                                      \
    X(CAP_SYS_PTRACE, 83, "sys_ptrace", "use CAP_SYS_PTRACE")                                      \
    X(CAP_SYS_PACCT, 84, "sys_pacct", "use CAP_SYS_PACCT")                                         \
    X(CAP_SYS_ADMIN, 85, "sys_admin", "use CAP_SYS_ADMIN")                                         \
    X(CAP_SYS_BOOT, 86, "sys_boot", "use CAP_SYS_BOOT")                                            \
    X(CAP_SYS_NICE, 87, "sys_nice", "use CAP_SYS_NICE")                                            \
    X(CAP_SYS_RESOURCE, 88, "sys_resource", "use CAP_SYS_RESOURCE")                                \
    X(CAP_SYS_TIME, 89, "sys_time", "use CAP_SYS_TIME")                                            \
    X(CAP_SYS_TTY_CONFIG, 90, "sys_tty_config", "use CAP_SYS_TTY_CONFIG")                          \
    X(CAP_MKNOD, 91, "mknod", "use CAP_MKNOD")                                                     \
    X(CAP_LEASE, 92, "lease", "use CAP_LEASE")                                                     \
    X(CAP_AUDIT_WRITE, 93, "audit_write", "use CAP_AUDIT_WRITE")                                   \
    X(CAP_AUDIT_CONTROL, 94, "audit_control", "use CAP_AUDIT_CONTROL")                             \
    X(CAP_SETFCAP, 95, "setfcap", "use CAP_SETFCAP")                                               \
    X(CAP_MAC_OVERRIDE, 96, "mac_override", "use CAP_MAC_OVERRIDE")                                \
    X(CAP_MAC_ADMIN, 97, "mac_admin", "use CAP_MAC_ADMIN")                                         \
    X(CAP_SYSLOG, 98, "syslog", "use CAP_SYSLOG")                                                  \
    X(CAP_WAKE_ALARM, 99, "wake_alarm", "use CAP_WAKE_ALARM")                                      \
    X(CAP_BLOCK_SUSPEND, 100, "block_suspend", "use CAP_BLOCK_SUSPEND")                            \
    X(CAP_AUDIT_READ, 101, "audit_read", "use CAP_AUDIT_READ")                                     \
    X(CAP_PERFMON, 102, "perfmon", "use CAP_PERFMON")                                              \
    X(CAP_BPF, 103, "bpf", "use CAP_BPF")                                                          \
    X(CAP_CHECKPOINT_RESTORE, 104, "checkpoint_restore", "use CAP_CHECKPOINT_RESTORE")
#define GH_PRIVILEGES(X) GH_OPERATIONS(X) GH_CAPABILITIES(X)
#define GH_FIRST_CAPABILITY 64

/* ---- Reasons: why a request got its verdict. (NAME, value, word in events, sentence) ----------- */
#define GH_REASONS(X)                                                                              \
    X(RULE, 0, "rule", "a rule of the policy")                                                     \
    X(DEFAULT, 1, "default", "no rule applies: the section's default")                             \
    X(ANSWER, 2, "answer", "an approval was given or refused")                                     \
    X(DELETED, 3, "unresolved", "the file or its directory was deleted")                           \
    X(FOREIGN, 4, "unresolved", "the file lies in another mount namespace")                        \
    X(DETACHED, 5, "unresolved", "the file's mount is not attached anywhere")                      \
    X(TOO_LONG, 6, "unresolved", "the path has too many components or bytes")                      \
    X(UNSTABLE, 7, "unresolved", "the path kept changing while it was read")                       \
    X(FAULT, 8, "unresolved", "the kernel's own structures could not be read")                     \
    X(UNNAMED, 9, "unnamed", "the program has no path (memfd, pipe or deleted file)")              \
    X(BUSY, 10, "unresolved", "no working memory was free")                                        \
    X(ASKS_FULL, 11, "asks-full", "too many requests are waiting for an answer")                   \
    X(NO_RESTART, 13, "cannot-wait", "this operation cannot be held (io_uring or kernel work)")    \
    X(UNATTENDED, 14, "unattended", "no controller is there to answer")                            \
    X(NO_SIGNAL, 15, "cannot-wait", "the task could not be paused")                                \
    X(GAINS, 16, "link-gains", "the new name would allow what the old one forbids")                \
    X(NO_TABLES, 17, "unresolved", "the session's tables are missing")                             \
    X(SELF, 18, "self", "Gatehouse itself is out of reach of sessions")                            \
    X(MOVES, 19, "move-changes", "what is below the directory would come under other rules")       \
    X(HELD, 20, "other-name", "a rule names this very file, by another of its names")

/* ---- Event types ------------------------------------------------------------------------------ */
#define GH_EVENT_TYPES(X)                                                                          \
    X(DECISION, 1, "decision") /* a request was judged */                                          \
    X(ASK, 2, "ask")           /* a thread is paused until it is answered */                       \
    X(ASK_GONE, 3, "ask-gone") /* the paused thread died or was answered otherwise */              \
    X(FORK, 4, "fork")                                                                             \
    X(EXEC, 5, "exec")                                                                             \
    X(EXIT, 6, "exit")

#define GH_ENUM_VERDICT(name, value, ...) GH_##name = (value),
enum gh_verdict { GH_VERDICTS(GH_ENUM_VERDICT) };
enum gh_access { GH_ACCESSES(GH_ENUM_VERDICT) };
#define GH_ENUM_PRIVILEGE(name, value, ...) GH_PRIVILEGE_##name = (value),
enum gh_privilege { GH_PRIVILEGES(GH_ENUM_PRIVILEGE) };
#define GH_ENUM_REASON(name, value, ...) GH_REASON_##name = (value),
enum gh_reason { GH_REASONS(GH_ENUM_REASON) };
#define GH_ENUM_EVENT(name, value, ...) GH_EVENT_##name = (value),
enum gh_event_type { GH_EVENT_TYPES(GH_ENUM_EVENT) };

/* ---- Automaton: one table of states, one comb of transitions (steps.h walks them) -------------- */
/* State:      bits 0-19 base (comb offset), 20-39 default next state, 40-59 outcome, 60-63 flags.
 * Transition: bits 0-31 the state that owns the cell, 32-63 next state. An unused cell has owner
 * GH_NO_STATE. State numbers, bases and outcomes are absolute in the kernel's pools, relative to 0
 * in a compiled Tables; publish adds the offsets. */
#define GH_NO_STATE 0xffffffffu
#define GH_STATE_SKIP 1u  /* nothing up to the next '/' can leave this state */
#define GH_STATE_FINAL 2u /* nothing at all can leave this state */

#define GH_RULE_DEFAULT 0xffffu /* gh_cell.rule: no rule applied */
#define GH_CELL_LOG 1u          /* gh_cell.flags: report this decision even if it is an allow */
#define GH_CELL_COMMAND 2u      /* a rule on the arguments decides: the program alone did not */

struct gh_cell {
    __u16 rule; /* index into the policy's flattened rules */
    __u8 verdict;
    __u8 flags;
};
GH_ASSERT(sizeof(struct gh_cell) == 4);

/* The answer of one accepting state: a cell per access column. */
struct gh_outcome {
    struct gh_cell cell[8];
};
GH_ASSERT(sizeof(struct gh_outcome) == 32);

/* ---- Endpoint key: what the endpoint automaton is fed, byte by byte ----------------------------- */
/* byte 0: protocol class | 4 if IPv6; then 4 or 16 address bytes, then the port, big endian (0 when
 * the protocol has none). v4-mapped IPv6 addresses are fed as IPv4. */
#define GH_PROTO_TCP 0
#define GH_PROTO_UDP 1
#define GH_PROTO_ICMP 2
#define GH_PROTO_OTHER 3
#define GH_PROTO_V6 4
#define GH_ENDPOINT_V4_BYTES 7
#define GH_ENDPOINT_V6_BYTES 19

/* ---- Abstract unix sockets: fed to the path automaton as '@' and the name, NULs included ----------- */
#define GH_ABSTRACT_BYTES 108

/* ---- Commands: fed to an automaton of their own: path, NUL, and '/' before each argument but argv[0] -- */
#define GH_ARGV_SLASH 1 /* what '/' in an argument becomes; no pattern can name this byte… */
#define GH_ARGV_OTHER 2 /* …nor this one, which stands for both */

/* ---- Policies and sessions in the kernel -------------------------------------------------------- */
struct gh_privileges {
    __u64 bits[2]; /* bit per GH_PRIVILEGE_* */
};

#define GH_POLICY_AUDIT 1u           /* judge, report, but let through */
#define GH_POLICY_LOG_ALLOW 2u       /* report allowed requests too */
#define GH_POLICY_UNATTENDED_WAIT 4u /* no controller: stay paused, rather than deny */
#define GH_POLICY_UNATTENDED_ALLOW 8u
#define GH_POLICY_NETWORK 16u   /* the policy lets some traffic be judged: sendmsg hooks needed */
#define GH_POLICY_HOLD_AUTO 32u /* askers with a terminal or with threads are frozen, not stopped */
#define GH_POLICY_HOLD_FREEZE 64u /* all are, where they can be */

struct gh_policy {
    __u64 digest;     /* first 8 bytes of the compiled policy's digest, for people */
    __u32 generation; /* rises with each publish, never 0 */
    __u32 flags;
    __u32 paths;     /* start state of the path automaton */
    __u32 endpoints; /* start state of the endpoint automaton */
    __u32 commands;  /* start state of the command automaton; GH_NO_STATE: no such rules */
    __u32 unnamed;   /* verdict for running a program that has no path */
    __u32 number;    /* gh_controls.published when it was published: no other policy ever has it */
    /* What the allocator needs to adopt this slot after a restart. */
    __u32 state_first, state_count;
    __u32 transition_first, transition_count;
    __u32 outcome_first, outcome_count;
    __u32 pad;
    struct gh_privileges privileges;       /* allowed */
    struct gh_privileges privileges_named; /* and those that a list decides, not a default */
};
GH_ASSERT(sizeof(struct gh_policy) == 96);

/* A file that rules name, known by what it is: value, the outcome of that name. */
struct gh_file_key {
    __u64 inode;
    __u32 device; /* of the super block, as the kernel packs it: major << 20 | minor */
    __u32 policy; /* slot in policies */
};
GH_ASSERT(sizeof(struct gh_file_key) == 16);

struct gh_session {
    __u64 serial;         /* never reused while the host is up; 0 = slot free */
    __u64 cgroup;         /* id of the session's root cgroup */
    __u32 policy;         /* slot in policies: the one word that publish flips */
    __u32 index;          /* of this entry */
    __u32 elsewhere, pad; /* 1: counted in gh_controls.elsewhere; no hook reads it */
};
GH_ASSERT(sizeof(struct gh_session) == 32);

/* What a task keeps for its life, once it was in a session (task storage). */
struct gh_member {
    __u64 serial; /* another one than that of the session at `index`: that session has ended */
    __u32 index;  /* in sessions */
    __u32 home;   /* inode number of the mount namespace in which it, or who started it, came in */
};
GH_ASSERT(sizeof(struct gh_member) == 16);

/* What one reading of the task iterator does (gh_sweep); its text is a line "PID" for each process. */
#define GH_SWEEP_LABEL 1   /* tasks in the session's cgroup become members */
#define GH_SWEEP_LIST 2    /* names the members */
#define GH_SWEEP_RELEASE 3 /* members are none any more */

/* ---- Asks and grants ---------------------------------------------------------------------------- */
/* One paused thread, key: its tid. Only the thread's own hooks write it; it goes when the thread exits. */
struct gh_ask {
    __u64 start;     /* thread's start time: tells a reused tid apart */
    __u64 object[2]; /* keyed hash of access and object */
    __u64 syscall;   /* fingerprint of the syscall's registers */
    __u64 since;     /* ktime, ns */
    __u64 serial;    /* session */
    __u64 until; /* it may spin until then, waiting to be frozen (ktime, ns); 0: it is stopped */
    __u32 pass;  /* rises with each restart of a syscall: tells "again" from "still" */
    __u32 chain; /* pass with which the present chain of restarts began */
    __u32 tgid;
    __u16 rule;
    __u8 access;
    __u8 open; /* 0: answered; GH_ASK_* */
};
#define GH_ASK_OPEN 1    /* announced and not yet answered */
#define GH_ASK_AGAIN 2   /* the same, and the controller wants to hear it again */
#define GH_ASK_UNHEARD 3 /* there was no room in the ring: the controller lets it try again */
GH_ASSERT(sizeof(struct gh_ask) == 72);

#define GH_SCOPE_ONCE 0
#define GH_SCOPE_PROCESS 1
#define GH_SCOPE_SESSION 2

struct gh_grant_key {
    __u64 object[2];
    __u64 serial;  /* session */
    __u64 start;   /* once: thread's, process: leader's start time, session: 0 */
    __u32 subject; /* once: tid, process: tgid, session: 0 */
    __u32 scope;   /* GH_SCOPE_… */
};
GH_ASSERT(sizeof(struct gh_grant_key) == 40);

struct gh_grant {
    __u64 expires; /* ktime ns; 0: with its subject */
    __u64 syscall; /* once: fingerprint that it was given for */
    __u32 used;    /* once: pass in which it was used, 0: not yet */
    __u8 verdict;  /* GH_ALLOW or GH_DENY */
    __u8 pad[3];
};
GH_ASSERT(sizeof(struct gh_grant) == 24);

/* ---- Events -------------------------------------------------------------------------------------- */
#define GH_EVENT_AUDIT 1u    /* verdict is what would have been; the request went through */
#define GH_EVENT_CUT 2u      /* text is the beginning of a longer path */
#define GH_EVENT_RESTART 4u  /* an ask said again (after a controller's restart) */
#define GH_EVENT_ENDPOINT 8u /* text is an endpoint key, not a path */

struct gh_event {
    __u64 seq;          /* per cpu, rises by one per event made, lost ones included */
    __u64 time;         /* CLOCK_BOOTTIME, ns */
    __u64 session;      /* serial */
    __u64 start;        /* thread group leader's (boottime, ns): pid + start names a process */
    __u64 object[2];    /* asks: keyed hash; [0] at exit: as of wait(2), at fork: child's start */
    __u64 thread_start; /* asking thread's start time */
    __u64 syscall;      /* asks: fingerprint */
    __u32 cpu;
    __u32 generation; /* of the policy that judged */
    __u32 pid;        /* thread group, as the initial pid namespace sees it */
    __u32 tid;
    __u32 ppid;
    __u32 uid, gid;
    __u32 other; /* fork: child's pid; access privilege: which */
    __u16 type;
    __u16 rule; /* GH_RULE_DEFAULT: none */
    __u8 access, verdict, reason, flags;
    __u16 text_len; /* bytes after this struct: the path or endpoint key */
    __u16 argv_len; /* exec: bytes after the text; as many as fit */
    __u32 ask;      /* pass number */
    char comm[16];
};
GH_ASSERT(sizeof(struct gh_event) == 128);

#define GH_EVENT_BYTES (sizeof(struct gh_event) + GH_PATH_BYTES + GH_ARGV_BYTES)

/* Per cpu. seq counts every event made; lost those that found no room. */
struct gh_counters {
    __u64 seq;
    __u64 lost_events;
    __u64 lost_asks;
    __u64 decisions;
};

/* One value, memory-mapped by the controller. */
struct gh_controls {
    __u64 heartbeat;  /* ktime ns, written by the controller each second */
    __u32 elsewhere;  /* sessions whose cgroup does not lie right below Gatehouse's own */
    __u32 abi;        /* GH_ABI_VERSION */
    __u32 published;  /* policies ever, by whichever controller */
    __u32 controller; /* process that no session may reach in any way; 0: none yet */
    /* Of the sweep that is going on. */
    __u64 sweep_serial;
    __u32 sweep;   /* GH_SWEEP_* */
    __u32 strayed; /* moves of members out of their session's cgroup */
    __u32 unheard; /* asks, ever, that found no room in their ring: some may be GH_ASK_UNHEARD */
    __u32 pad;
    __u64 spins[GH_SPINNERS]; /* the `until` of each who may spin; 0 or past: free */
};

#endif
