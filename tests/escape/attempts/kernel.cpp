// SPDX-License-Identifier: Apache-2.0
// The kernel's own controls: BPF, modules, time, keys, accounting, capabilities. It must never set one to
// another value than it has, and undoes at once what cannot be tried otherwise.
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/kexec.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <sys/fanotify.h>
#include <sys/io.h>
#include <sys/klog.h>
#include <sys/quota.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "judge.h"

namespace gatehouse::escape {
namespace {

long bpf(int command, bpf_attr& attr) { return ::syscall(SYS_bpf, command, &attr, sizeof attr); }

void add_bpf(Attempts& all) {
  all.push_back({"bpf-make-a-map", root, [](const Ground&) {
                   bpf_attr attr = {};
                   attr.map_type = BPF_MAP_TYPE_ARRAY;
                   attr.key_size = attr.value_size = 4;
                   attr.max_entries = 1;
                   return returned(bpf(BPF_MAP_CREATE, attr), "made one");
                 }});
  all.push_back({"bpf-load-a-program", root, [](const Ground&) {
                   bpf_insn code[2] = {};
                   code[0].code = BPF_ALU64 | BPF_MOV | BPF_K;
                   code[1].code = BPF_JMP | BPF_EXIT;
                   bpf_attr attr = {};
                   attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
                   attr.insns = reinterpret_cast<std::uint64_t>(code);
                   attr.insn_cnt = 2;
                   attr.license = reinterpret_cast<std::uint64_t>("GPL");
                   return returned(bpf(BPF_PROG_LOAD, attr), "loaded one");
                 }});
  const auto by_id = [&all](const std::string& name, int next, int get) {
    all.push_back({name, root, [next, get](const Ground&) {
                     bpf_attr attr = {};
                     if (bpf(next, attr) != 0) return contained(errno);
                     const auto id = attr.next_id;
                     attr = {};
                     attr.map_id = id;  // the same place for all three kinds
                     return returned(bpf(get, attr), "it has one of another");
                   }});
  };
  by_id("bpf-get-a-map", BPF_MAP_GET_NEXT_ID, BPF_MAP_GET_FD_BY_ID);
  by_id("bpf-get-a-program", BPF_PROG_GET_NEXT_ID, BPF_PROG_GET_FD_BY_ID);
  by_id("bpf-get-a-link", BPF_LINK_GET_NEXT_ID, BPF_LINK_GET_FD_BY_ID);
  all.push_back({"count-events-of-a-cpu", root, [](const Ground&) {
                   perf_event_attr attr = {};
                   attr.size = sizeof attr;
                   attr.type = PERF_TYPE_SOFTWARE;
                   attr.config = PERF_COUNT_SW_CPU_CLOCK;
                   return returned(::syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0), "counts");
                 }});
  all.push_back({"handle-page-faults", root, [](const Ground&) {
                   return returned(::syscall(SYS_userfaultfd, O_CLOEXEC),
                                   "it handles the kernel's");
                 }});
}

std::string module_file(const std::string& name) {
  utsname kernel = {};
  ::uname(&kernel);
  return std::string("/lib/modules/") + kernel.release + "/kernel/drivers/net/" + name + ".ko";
}

bool loaded(const std::string& name) { return exists("/sys/module/" + name); }

Outcome loads(const std::function<int(int)>& load) {
  const std::string file = module_file("dummy");
  if (!exists(file)) return skipped("no module " + file);
  if (loaded("dummy")) return broken("dummy is loaded already");
  const int error = load(::open(file.c_str(), O_RDONLY));
  if (!loaded("dummy")) return contained(error);
  return ::syscall(SYS_delete_module, "dummy", O_NONBLOCK) == 0 ? escaped("it was loaded")
                                                                : not_put_back("it was loaded");
}

void add_modules(Attempts& all) {
  all.push_back({"load-a-module-by-descriptor", root, [](const Ground&) {
                   return loads([](int fd) {
                     return said(::syscall(SYS_finit_module, fd, "numdummies=0", 0));
                   });
                 }});
  all.push_back({"load-a-module-from-memory", root, [](const Ground&) {
                   return loads([](int fd) {
                     std::string image;
                     char bytes[65536];
                     for (ssize_t n; (n = ::read(fd, bytes, sizeof bytes)) > 0;)
                       image.append(bytes, static_cast<std::size_t>(n));
                     return said(
                         ::syscall(SYS_init_module, image.data(), image.size(), "numdummies=0"));
                   });
                 }});
  all.push_back({"unload-a-module", root, [](const Ground&) {
                   if (!loaded("ifb")) return skipped("no module ifb");
                   const int error = said(::syscall(SYS_delete_module, "ifb", O_NONBLOCK));
                   if (loaded("ifb")) return contained(error);
                   const int fd = ::open(module_file("ifb").c_str(), O_RDONLY);
                   ::syscall(SYS_finit_module, fd, "numifbs=0", 0);
                   return loaded("ifb") ? escaped("it was unloaded")
                                        : not_put_back("it was unloaded");
                 }});
  all.push_back({"load-another-kernel", root, [](const Ground&) {
                   return returned(::syscall(SYS_kexec_load, 0, 0, nullptr, 0), "it may");
                 }});
  all.push_back({"load-another-kernel-by-descriptor", root, [](const Ground&) {
                   return returned(
                       ::syscall(SYS_kexec_file_load, -1, -1, 0, nullptr, KEXEC_FILE_UNLOAD),
                       "it may");
                 }});
  all.push_back({"restart-key", root, [](const Ground&) {
                   const bool on = text_of("/proc/sys/kernel/ctrl-alt-del")[0] == '1';
                   return returned(::reboot(on ? RB_ENABLE_CAD : RB_DISABLE_CAD), "it may");
                 }});
}

void add_times(Attempts& all) {
  all.push_back({"set-the-clock", root, [](const Ground&) {
                   timespec now = {};
                   ::clock_gettime(CLOCK_REALTIME, &now);
                   return returned(::clock_settime(CLOCK_REALTIME, &now), "it was set");
                 }});
  all.push_back({"set-the-time-of-day", root, [](const Ground&) {
                   timeval now = {};
                   ::gettimeofday(&now, nullptr);
                   return returned(::settimeofday(&now, nullptr), "it was set");
                 }});
  all.push_back({"adjust-the-clock", root, [](const Ground&) {
                   timex state = {};
                   ::adjtimex(&state);
                   state.modes = ADJ_TICK;
                   return returned(::adjtimex(&state), "it was adjusted");
                 }});
  all.push_back({"adjust-the-clock-by-name", root, [](const Ground&) {
                   timex state = {};
                   ::clock_adjtime(CLOCK_REALTIME, &state);
                   state.modes = ADJ_FREQUENCY;
                   return returned(::clock_adjtime(CLOCK_REALTIME, &state), "it was adjusted");
                 }});
}

bool swaps_on(const std::string& file) {
  const std::string list = text_of("/proc/swaps");
  return list.find(file + " ") != std::string::npos || list.find(file + "\t") != std::string::npos;
}

void add_administration(Attempts& all) {
  all.push_back({"swap-on-a-file", root, [](const Ground& g) {
                   const std::string file = g.outside("/swap");
                   const int error = said(::swapon(file.c_str(), 0));
                   if (!swaps_on(file)) return contained(error);
                   return ::swapoff(file.c_str()) == 0 ? escaped("it was on")
                                                       : not_put_back("it was on");
                 }});
  all.push_back({"swap-off-a-file", root, [](const Ground& g) {
                   const std::string file = g.outside("/swap-on");
                   if (!swaps_on(file)) return broken("it is not on");
                   const int error = said(::swapoff(file.c_str()));
                   if (swaps_on(file)) return contained(error);
                   return ::swapon(file.c_str(), 0) == 0 ? escaped("it was off")
                                                         : not_put_back("it was off");
                 }});
  all.push_back({"set-quotas", root, [](const Ground& g) {
                   const int fd = ::open(g.outside().c_str(), O_RDONLY);
                   const auto ask = [fd](int what, dqinfo& info) {
                     return ::syscall(SYS_quotactl_fd, fd, QCMD(what, USRQUOTA), 0, &info);
                   };
                   dqinfo info = {};
                   if (ask(Q_GETINFO, info) != 0)
                     return errno == ESRCH ? skipped("no quotas here") : contained(errno);
                   info.dqi_valid = IIF_BGRACE;
                   return returned(ask(Q_SETINFO, info), "they were set");
                 }});
  all.push_back({"account-processes", root, [](const Ground& g) {
                   if (::acct(g.outside("/account").c_str()) != 0) return contained(errno);
                   ::acct(nullptr);
                   return escaped("it was on");
                 }});
  all.push_back(
      {"stop-accounting", root, [](const Ground&) { return returned(::acct(nullptr), "it may"); }});
  all.push_back({"read-the-kernel-log", root, [](const Ground&) {
                   char bytes[4096];
                   return ::klogctl(3, bytes, sizeof bytes) > 0 ? escaped("read it")
                                                                : contained(errno);
                 }});
  all.push_back({"set-the-console-level", root, [](const Ground&) {
                   const int level = text_of("/proc/sys/kernel/printk")[0] - '0';
                   return returned(::klogctl(8, nullptr, level), "it was set");
                 }});
  all.push_back({"set-the-host-name", root, [](const Ground&) {
                   char name[64] = {};
                   ::gethostname(name, sizeof name - 1);
                   return returned(::sethostname(name, std::strlen(name)), "it was set");
                 }});
  all.push_back({"set-the-domain-name", root, [](const Ground&) {
                   char name[64] = {};
                   if (::getdomainname(name, sizeof name - 1) != 0) return broken("getdomainname");
                   return returned(::setdomainname(name, std::strlen(name)), "it was set");
                 }});
  all.push_back({"open-by-handle", root, [](const Ground& g) {
                   char room[sizeof(file_handle) + 128] = {};
                   auto* handle = reinterpret_cast<file_handle*>(room);
                   handle->handle_bytes = 128;
                   int id = 0;
                   if (::name_to_handle_at(AT_FDCWD, g.secret().c_str(), handle, &id, 0) != 0)
                     return contained(errno);
                   const int mount = ::open(g.home().c_str(), O_RDONLY | O_DIRECTORY);
                   return reads_canary(g, ::open_by_handle_at(mount, handle, O_RDONLY));
                 }});
  all.push_back({"be-told-of-opens-with-a-descriptor", root, [](const Ground& g) {
                   // Somebody outside opens the secret now and then.
                   const int fd = ::fanotify_init(FAN_CLASS_NOTIF | FAN_NONBLOCK, O_RDONLY);
                   if (fd < 0 || ::fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN | FAN_CLOSE, AT_FDCWD,
                                                 g.secret().c_str()) != 0)
                     return contained(errno);
                   fanotify_event_metadata event = {};
                   if (!wait_until([&] { return ::read(fd, &event, sizeof event) > 0; }, 4))
                     return contained(errno);
                   return reads_canary(g, event.fd);
                 }});
  all.push_back({"be-told-of-a-whole-file-system", root, [](const Ground& g) {
                   const int fd = ::fanotify_init(FAN_CLASS_CONTENT | FAN_NONBLOCK, O_RDONLY);
                   return fd < 0 ? contained(errno)
                                 : returned(::fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_MOUNT,
                                                            FAN_MODIFY, AT_FDCWD,
                                                            g.outside("/covered").c_str()),
                                            "it is told");
                 }});
  all.push_back({"dump-core-outside", anyone, [](const Ground& g) {
                   const std::string core = g.outside("/core");
                   const auto act = [&] {
                     const pid_t pid = ::fork();
                     if (pid == 0) {
                       const rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
                       ::setrlimit(RLIMIT_CORE, &none);
                       if (::chdir(g.outside().c_str()) != 0) ::_exit(1);
                       ::signal(SIGSEGV, SIG_DFL);
                       ::raise(SIGSEGV);
                     }
                     ::waitpid(pid, nullptr, 0);
                     const std::string named = core + "." + std::to_string(pid);
                     ::rename(named.c_str(), core.c_str());
                     return 0;
                   };
                   if (text_of("/proc/sys/kernel/core_pattern") != "core\n")
                     return skipped("cores have another place here");
                   return makes(core, act);
                 }});
}

void add_keys(Attempts& all) {
  const auto read = [](const Ground& g, long key) {
    char bytes[256] = {};
    if (key < 0) return contained(errno);
    const long size = ::syscall(SYS_keyctl, KEYCTL_READ, key, bytes, sizeof bytes);
    return holds_canary(g, bytes, sizeof bytes, said(size));
  };
  all.push_back({"key-read", anyone, [read](const Ground& g) { return read(g, g.number("key")); }});
  all.push_back({"key-search", anyone, [read](const Ground& g) {
                   return read(g, ::syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING,
                                            "user", "escape-canary", 0));
                 }});
  all.push_back({"key-request", anyone, [read](const Ground& g) {
                   ::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr);
                   ::syscall(SYS_keyctl, KEYCTL_LINK, KEY_SPEC_USER_KEYRING,
                             KEY_SPEC_SESSION_KEYRING);
                   return read(g, ::syscall(SYS_request_key, "user", "escape-canary", nullptr,
                                            KEY_SPEC_PROCESS_KEYRING));
                 }});
  all.push_back({"key-add", anyone, [](const Ground&) {
                   const long key =
                       ::syscall(SYS_add_key, "user", "escape-left", "x", 1, KEY_SPEC_USER_KEYRING);
                   if (key < 0) return contained(errno);
                   ::syscall(SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_USER_KEYRING);
                   return escaped("left a key with the user");
                 }});
  all.push_back({"key-join-a-session", anyone, [](const Ground&) {
                   return returned(::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, "escape"),
                                   "it has another");
                 }});
  all.push_back({"key-change", anyone, [](const Ground& g) {
                   const std::string canary = g.canary();
                   return returned(::syscall(SYS_keyctl, KEYCTL_UPDATE, g.number("key"),
                                             canary.data(), canary.size()),
                                   "changed it");
                 }});
}

void add_capabilities(Attempts& all) {
  all.push_back({"become-another-user", root, [](const Ground&) {
                   if (::setresuid(61001, 61001, 61001) != 0) return contained(errno);
                   return ::geteuid() == 61001 ? escaped("it is") : contained();
                 }});
  all.push_back({"become-another-group", root, [](const Ground&) {
                   if (::setresgid(61000, 61000, 61000) != 0) return contained(errno);
                   return ::getegid() == 61000 ? escaped("it is") : contained();
                 }});
  all.push_back({"join-groups", root, [](const Ground&) {
                   const gid_t groups[] = {61000};
                   return returned(::setgroups(1, groups), "it did");
                 }});
  all.push_back({"use-ports-of-the-machine", root,
                 [](const Ground&) { return returned(::ioperm(0x80, 1, 1), "it may"); }});
  all.push_back({"use-all-ports-of-the-machine", root,
                 [](const Ground&) { return returned(::iopl(3), "it may"); }});
  all.push_back({"be-real-time", root, [](const Ground&) {
                   sched_param priority = {};
                   priority.sched_priority = 1;
                   if (::sched_setscheduler(0, SCHED_RR, &priority) != 0) return contained(errno);
                   return escaped("it is");
                 }});
}

}  // namespace

void add_kernel(Attempts& all) {
  add_bpf(all);
  add_modules(all);
  add_times(all);
  add_administration(all);
  add_keys(all);
  add_capabilities(all);
}

}  // namespace gatehouse::escape
