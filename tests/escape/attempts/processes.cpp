// SPDX-License-Identifier: Apache-2.0
// Looking into a process outside of the session, and changing how it runs. It must never keep it stopped
// or changed beyond what the next attempt needs.
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "judge.h"

namespace gatehouse::escape {
namespace {

std::string proc(pid_t pid, const std::string& name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}
int pidfd(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }
void* address(const Ground& g) { return reinterpret_cast<void*>(g.number("address")); }

Outcome traces(const Ground& g, int request) {
  if (::ptrace(static_cast<__ptrace_request>(request), g.victim(), nullptr, nullptr) != 0)
    return contained(errno);
  if (request == PTRACE_SEIZE) ::ptrace(PTRACE_INTERRUPT, g.victim(), nullptr, nullptr);
  ::waitpid(g.victim(), nullptr, __WALL);
  char bytes[64] = {};
  for (std::size_t i = 0; i < sizeof bytes; i += sizeof(long)) {
    const long word =
        ::ptrace(PTRACE_PEEKDATA, g.victim(), static_cast<char*>(address(g)) + i, nullptr);
    std::memcpy(bytes + i, &word, sizeof word);
  }
  ::ptrace(PTRACE_DETACH, g.victim(), nullptr, nullptr);
  return holds_canary(g, bytes, sizeof bytes);
}

void add_looks(Attempts& all) {
  all.push_back(
      {"trace-by-seizing", anyone, [](const Ground& g) { return traces(g, PTRACE_SEIZE); }});
  all.push_back(
      {"trace-by-attaching", anyone, [](const Ground& g) { return traces(g, PTRACE_ATTACH); }});
  all.push_back({"read-memory-of-another", anyone, [](const Ground& g) {
                   char bytes[256] = {};
                   const iovec here = {bytes, sizeof bytes}, there = {address(g), sizeof bytes};
                   const auto size = ::process_vm_readv(g.victim(), &here, 1, &there, 1, 0);
                   return holds_canary(g, bytes, sizeof bytes, said(size));
                 }});
  all.push_back({"write-memory-of-another", anyone, [](const Ground& g) {
                   char byte = 'X';
                   const iovec here = {&byte, 1};
                   const iovec there = {static_cast<char*>(address(g)) + 2000, 1};
                   return returned(::process_vm_writev(g.victim(), &here, 1, &there, 1, 0),
                                   "wrote a byte");
                 }});
  all.push_back({"take-a-descriptor-of-another", anyone, [](const Ground& g) {
                   const int pid = pidfd(g.victim());
                   if (pid < 0) return contained(errno);
                   return reads_canary(g, static_cast<int>(::syscall(SYS_pidfd_getfd, pid, 50, 0)));
                 }});
  all.push_back({"advise-memory-of-another", root, [](const Ground& g) {
                   const auto page = reinterpret_cast<std::uint64_t>(address(g)) & ~4095ull;
                   const iovec range = {reinterpret_cast<void*>(page), 4096};
                   const long done =
                       ::syscall(SYS_process_madvise, pidfd(g.victim()), &range, 1, MADV_COLD, 0);
                   return done < 0 ? contained(errno) : escaped("it took the advice");
                 }});
  all.push_back({"compare-with-another", anyone, [](const Ground& g) {
                   return returned(::syscall(SYS_kcmp, ::getpid(), g.victim(), KCMP_VM, 0, 0),
                                   "compared");
                 }});
  all.push_back({"list-of-robust-futexes-of-another", anyone, [](const Ground& g) {
                   void* head = nullptr;
                   std::size_t size = 0;
                   return returned(::syscall(SYS_get_robust_list, g.victim(), &head, &size),
                                   "learnt an address");
                 }});
  all.push_back(
      {"move-pages-of-another", anyone, [](const Ground& g) {
         void* page =
             reinterpret_cast<void*>(reinterpret_cast<std::uint64_t>(address(g)) & ~4095ull);
         int status = 0;
         const long done = ::syscall(SYS_move_pages, g.victim(), 1ul, &page, nullptr, &status, 0);
         return done < 0 && errno == ENOSYS ? skipped("no NUMA") : returned(done, "saw its pages");
       }});
  all.push_back({"count-events-of-another", root, [](const Ground& g) {
                   perf_event_attr attr = {};
                   attr.size = sizeof attr;
                   attr.type = PERF_TYPE_SOFTWARE;
                   attr.config = PERF_COUNT_SW_TASK_CLOCK;
                   return returned(::syscall(SYS_perf_event_open, &attr, g.victim(), -1, -1, 0),
                                   "counts");
                 }});
}

void add_proc(Attempts& all) {
  const auto reads = [&all](const std::string& name, const std::string& file) {
    all.push_back({"proc-" + name + "-of-another", anyone,
                   [file](const Ground& g) { return reads_canary_at(g, proc(g.victim(), file)); }});
  };
  reads("environ", "environ");
  reads("task-environ", "task/../environ");
  reads("cwd", "cwd/.netrc");
  reads("fd", "fd/50");
  all.push_back({"proc-root-of-another", anyone, [](const Ground& g) {
                   return reads_canary_at(g, proc(g.victim(), "root" + g.secret()));
                 }});
  all.push_back({"proc-root-of-another-namespace", anyone, [](const Ground& g) {
                   const auto pid = static_cast<pid_t>(g.number("container"));
                   return reads_canary_at(g, proc(pid, "root" + g.secret()));
                 }});
  all.push_back({"write-below-proc-root-of-another-namespace", anyone, [](const Ground& g) {
                   const auto pid = static_cast<pid_t>(g.number("container"));
                   return changes_kept(g,
                                       [&] { return write_to(proc(pid, "root" + g.kept()), "X"); });
                 }});
  all.push_back({"proc-mem-of-another", anyone, [](const Ground& g) {
                   const int fd = ::open(proc(g.victim(), "mem").c_str(), O_RDONLY);
                   char bytes[256] = {};
                   if (fd < 0) return contained(errno);
                   const auto size = ::pread(fd, bytes, sizeof bytes, g.number("address"));
                   return holds_canary(g, bytes, sizeof bytes, said(size));
                 }});
  all.push_back({"proc-task-mem-of-another", anyone, [](const Ground& g) {
                   const std::string name = "task/" + std::to_string(g.victim()) + "/mem";
                   const int fd = ::open(proc(g.victim(), name).c_str(), O_RDONLY);
                   char bytes[256] = {};
                   if (fd < 0) return contained(errno);
                   const auto size = ::pread(fd, bytes, sizeof bytes, g.number("address"));
                   return holds_canary(g, bytes, sizeof bytes, said(size));
                 }});
  all.push_back({"write-proc-mem-of-another", anyone, [](const Ground& g) {
                   const int fd = ::open(proc(g.victim(), "mem").c_str(), O_RDWR);
                   if (fd < 0) return contained(errno);
                   return returned(::pwrite(fd, "X", 1, g.number("address") + 2000),
                                   "wrote a byte");
                 }});
  const auto opens = [&all](const std::string& name, const std::string& file) {
    all.push_back({"proc-" + name + "-of-another", anyone, [file](const Ground& g) {
                     const auto text = text_of(proc(g.victim(), file));
                     return text.empty() ? contained(errno) : escaped("read it");
                   }});
  };
  opens("maps", "maps");
  opens("smaps", "smaps");
  opens("auxv", "auxv");
  all.push_back({"list-descriptors-of-another", anyone, [](const Ground& g) {
                   char target[4096];
                   return returned(
                       ::readlink(proc(g.victim(), "fd/50").c_str(), target, sizeof target),
                       "saw what it has open");
                 }});
  const auto writes = [&all](const std::string& name, const std::string& file,
                             const std::string& text) {
    all.push_back({"set-" + name + "-of-another", anyone, [file, text](const Ground& g) {
                     const int error = write_to(proc(g.victim(), file), text);
                     return error != 0 ? contained(error) : escaped("wrote it");
                   }});
  };
  writes("oom-score", "oom_score_adj", "500");
  writes("core-filter", "coredump_filter", "0x33");
  writes("referenced-bits", "clear_refs", "1");
}

void add_scheduling(Attempts& all) {
  all.push_back({"renice-another", anyone, [](const Ground& g) {
                   const auto who = static_cast<id_t>(g.victim());
                   errno = 0;
                   const int before = ::getpriority(PRIO_PROCESS, who);
                   const int error = said(::setpriority(PRIO_PROCESS, who, before + 1));
                   return ::getpriority(PRIO_PROCESS, who) != before ? escaped("it is nicer")
                                                                     : contained(error);
                 }});
  all.push_back({"bind-another-to-a-cpu", anyone, [](const Ground& g) {
                   cpu_set_t before, one, after;
                   CPU_ZERO(&one);
                   CPU_SET(0, &one);
                   ::sched_getaffinity(g.victim(), sizeof before, &before);
                   const int error = said(::sched_setaffinity(g.victim(), sizeof one, &one));
                   ::sched_getaffinity(g.victim(), sizeof after, &after);
                   if (CPU_EQUAL(&before, &after)) return contained(error);
                   ::sched_setaffinity(g.victim(), sizeof before, &before);
                   return escaped("it is bound");
                 }});
  all.push_back({"schedule-another", anyone, [](const Ground& g) {
                   const sched_param none = {};
                   const int error = said(::sched_setscheduler(g.victim(), SCHED_BATCH, &none));
                   if (::sched_getscheduler(g.victim()) != SCHED_BATCH) return contained(error);
                   ::sched_setscheduler(g.victim(), SCHED_OTHER, &none);
                   return escaped("it is batch work");
                 }});
  all.push_back({"schedule-another-by-attributes", anyone, [](const Ground& g) {
                   struct {
                     std::uint32_t size, policy;
                     std::uint64_t flags;
                     std::int32_t nice;
                     std::uint32_t priority;
                     std::uint64_t runtime, deadline, period;
                   } attr = {};
                   attr.size = sizeof attr;
                   if (::syscall(SYS_sched_getattr, g.victim(), &attr, sizeof attr, 0) != 0)
                     return broken("sched_getattr");
                   attr.policy = SCHED_BATCH;
                   const int error = said(::syscall(SYS_sched_setattr, g.victim(), &attr, 0));
                   if (::sched_getscheduler(g.victim()) != SCHED_BATCH) return contained(error);
                   const sched_param none = {};
                   ::sched_setscheduler(g.victim(), SCHED_OTHER, &none);
                   return escaped("it is batch work");
                 }});
  all.push_back({"set-io-priority-of-another", anyone, [](const Ground& g) {
                   const long before = ::syscall(SYS_ioprio_get, 1, g.victim());
                   const long wanted = (2 << 13) | (before == ((2 << 13) | 6) ? 5 : 6);
                   const int error = said(::syscall(SYS_ioprio_set, 1, g.victim(), wanted));
                   return ::syscall(SYS_ioprio_get, 1, g.victim()) != before
                              ? escaped("it has another")
                              : contained(error);
                 }});
  all.push_back({"limit-another", anyone, [](const Ground& g) {
                   rlimit before = {}, wanted = {}, after = {};
                   if (::prlimit(g.victim(), RLIMIT_NOFILE, nullptr, &before) != 0)
                     return contained(errno);
                   wanted = before;
                   wanted.rlim_cur--;
                   const int error = said(::prlimit(g.victim(), RLIMIT_NOFILE, &wanted, nullptr));
                   ::prlimit(g.victim(), RLIMIT_NOFILE, nullptr, &after);
                   ::prlimit(g.victim(), RLIMIT_NOFILE, &before, nullptr);
                   return after.rlim_cur != before.rlim_cur ? escaped("it has a lower limit")
                                                            : contained(error);
                 }});
}

}  // namespace

void add_processes(Attempts& all) {
  add_looks(all);
  add_proc(all);
  add_scheduling(all);
}

}  // namespace gatehouse::escape
