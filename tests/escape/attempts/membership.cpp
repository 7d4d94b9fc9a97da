// SPDX-License-Identifier: Apache-2.0
// Ways to leave the session's cgroup, each followed by the read of a secret, and what can be done to the
// cgroups of others. It must never leave a cgroup behind or one frozen.
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "judge.h"

namespace gatehouse::escape {
namespace {

constexpr const char* kTop = "/sys/fs/cgroup";

Outcome reads_secret(const Ground& g) { return reads_canary_at(g, g.secret()); }

// Its cgroup, as a path.
std::string own() {
  std::string text = text_of("/proc/self/cgroup");
  const auto at = text.find("::");
  if (at == std::string::npos) return kTop;
  text = text.substr(at + 2);
  return kTop + text.substr(0, text.find('\n'));
}

void join(const std::string& cgroup, const char* file = "/cgroup.procs") {
  write_to(cgroup + file, "0");
}

// Joins, reads, and goes back; the file's errno when nothing else is known.
Outcome joins(const Ground& g, const std::string& cgroup, const char* file = "/cgroup.procs") {
  const std::string before = own();
  const int error = write_to(cgroup + file, "0");
  auto outcome = reads_secret(g);
  join(before);
  return outcome.kind == Outcome::contained && error != 0 ? contained(error) : outcome;
}

Outcome clones_into(const Ground& g, const std::string& cgroup) {
  return in_child([&] {
    clone_args args = {};
    args.flags = CLONE_INTO_CGROUP;
    args.exit_signal = SIGCHLD;
    args.cgroup = static_cast<std::uint64_t>(::open(cgroup.c_str(), O_PATH | O_DIRECTORY));
    const long pid = ::syscall(SYS_clone3, &args, sizeof args);
    if (pid < 0) return contained(errno);
    if (pid == 0) {
      const auto outcome = reads_secret(g);
      ::_exit(outcome.kind == Outcome::escaped ? 77 : outcome.error);
    }
    int status = 0;
    ::waitpid(static_cast<pid_t>(pid), &status, 0);
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : EOWNERDEAD;
    return code == 77 ? escaped("read the canary") : contained(code);
  });
}

void add_leaving(Attempts& all) {
  all.push_back({"join-the-root-cgroup", root, [](const Ground& g) { return joins(g, kTop); }});
  all.push_back({"join-the-cgroup-above", root, [](const Ground& g) {
                   const std::string here = own();
                   const auto slash = here.rfind('/');
                   return joins(g, here == kTop ? here : here.substr(0, slash));
                 }});
  all.push_back({"join-the-cgroup-of-another", root,
                 [](const Ground& g) { return joins(g, g["other-cgroup"]); }});
  all.push_back({"join-the-cgroup-of-another-as-a-thread", root,
                 [](const Ground& g) { return joins(g, g["other-cgroup"], "/cgroup.threads"); }});
  all.push_back({"join-a-cgroup-of-its-own", root, [](const Ground& g) {
                   const std::string below = own() + "/below";
                   const bool made = ::mkdir(below.c_str(), 0755) == 0;
                   const int error = errno;
                   auto outcome = joins(g, below);
                   if (made && !wait_until([&] { return ::rmdir(below.c_str()) == 0; }, 2))
                     return not_put_back("made a cgroup");
                   return !made && outcome.kind == Outcome::contained ? contained(error) : outcome;
                 }});
  all.push_back(
      {"start-in-the-root-cgroup", root, [](const Ground& g) { return clones_into(g, kTop); }});
  all.push_back({"start-in-the-cgroup-of-another", root,
                 [](const Ground& g) { return clones_into(g, g["other-cgroup"]); }});
  all.push_back({"mount-cgroups-and-join", root, [](const Ground& g) {
                   const std::string at = g.workspace("/at");
                   const int error = said(::mount("x", at.c_str(), "cgroup2", 0, nullptr));
                   auto outcome = joins(g, error == 0 ? at : kTop);
                   if (error == 0 && ::umount2(at.c_str(), MNT_DETACH) != 0)
                     return not_put_back("mounted cgroups");
                   return outcome;
                 }});
  all.push_back({"mount-a-hierarchy-of-the-first-version", root, [](const Ground& g) {
                   const std::string at = g.workspace("/at");
                   const int error =
                       said(::mount("x", at.c_str(), "cgroup", 0, "none,name=escape"));
                   if (error == ENODEV) return skipped("the kernel has no first version");
                   auto outcome = error == 0 ? joins(g, at) : reads_secret(g);
                   if (error == 0 && ::umount2(at.c_str(), 0) != 0)
                     return not_put_back("mounted cgroups");
                   return outcome;
                 }});
  all.push_back({"unshare-cgroups-and-read", root, [](const Ground& g) {
                   ::unshare(CLONE_NEWCGROUP);
                   return reads_secret(g);
                 }});
}

void add_birth(Attempts& all) {
  const auto reads = [](const Ground& g) { return in_child([&] { return reads_secret(g); }); };
  all.push_back({"read-in-a-child", anyone, reads});
  all.push_back({"read-as-a-daemon", anyone, [](const Ground& g) {
                   return in_child([&] {
                     ::setsid();
                     return in_child([&] { return reads_secret(g); });
                   });
                 }});
  all.push_back({"read-as-an-orphan", anyone, [](const Ground& g) {
                   int ends[2];
                   if (::pipe(ends) != 0) return broken("pipe");
                   const pid_t pid = ::fork();
                   if (pid == 0) {
                     if (::fork() != 0) ::_exit(0);
                     ::setsid();
                     sleep_ms(100);
                     const auto outcome = reads_secret(g);
                     const int told[2] = {outcome.kind, outcome.error};
                     ::_exit(::write(ends[1], told, sizeof told) < 0);
                   }
                   ::close(ends[1]);
                   ::waitpid(pid, nullptr, 0);
                   int told[2] = {};
                   if (::read(ends[0], told, sizeof told) != sizeof told)
                     return broken("the orphan died");
                   return told[0] == Outcome::escaped ? escaped("read the canary")
                                                      : contained(told[1]);
                 }});
  all.push_back({"read-after-vfork", anyone, [](const Ground& g) {
                   const std::string path = g.secret();
                   volatile int fd = -1, error = 0;
                   const pid_t pid = ::vfork();
                   if (pid == 0) {
                     fd = ::open(path.c_str(), O_RDONLY);
                     error = errno;
                     ::_exit(fd >= 0 ? 77 : 0);
                   }
                   int status = 0;
                   ::waitpid(pid, &status, 0);
                   return WEXITSTATUS(status) == 77 ? escaped("opened it") : contained(error);
                 }});
  all.push_back({"read-in-a-thread", anyone, [](const Ground& g) {
                   Outcome outcome = contained();
                   std::thread([&] { outcome = reads_secret(g); }).join();
                   return outcome;
                 }});
  all.push_back({"read-in-a-child-of-a-thread", anyone, [](const Ground& g) {
                   Outcome outcome = contained();
                   std::thread([&] { outcome = in_child([&] { return reads_secret(g); }); }).join();
                   return outcome;
                 }});
  all.push_back({"read-in-one-of-fifty-children", anyone, [](const Ground& g) {
                   Outcome last = contained();
                   for (int i = 0; i < 50 && last.kind == Outcome::contained; i++)
                     last = in_child([&] { return reads_secret(g); });
                   return last;
                 }});
  all.push_back({"read-after-exec", anyone, [](const Ground& g) {
                   int ends[2];
                   if (::pipe(ends) != 0) return broken("pipe");
                   const pid_t pid = ::fork();
                   if (pid == 0) {
                     ::dup2(ends[1], 1);
                     ::execl("/bin/cat", "cat", g.secret().c_str(), nullptr);
                     ::_exit(1);
                   }
                   ::close(ends[1]);
                   ::waitpid(pid, nullptr, 0);
                   auto outcome = reads_canary(g, ends[0]);
                   return outcome.kind == Outcome::contained ? contained(EACCES) : outcome;
                 }});
  all.push_back({"read-as-a-sharer-of-memory", anyone, [](const Ground& g) {
                   static char stack[65536];
                   static const Ground* ground;
                   static std::atomic<int> kind{-1}, error{0};
                   ground = &g;
                   const int pid = ::clone(
                       [](void*) {
                         const auto outcome = reads_secret(*ground);
                         error = outcome.error;
                         kind = outcome.kind;
                         return 0;
                       },
                       stack + sizeof stack, CLONE_VM | CLONE_FILES | CLONE_FS | SIGCHLD, nullptr);
                   if (pid < 0) return contained(errno);
                   ::waitpid(pid, nullptr, 0);
                   return kind == Outcome::escaped ? escaped("read the canary") : contained(error);
                 }});
}

void add_others(Attempts& all) {
  all.push_back({"freeze-another", root, [](const Ground& g) {
                   const std::string cgroup = g["other-cgroup"];
                   const int error = write_to(cgroup + "/cgroup.freeze", "1");
                   const bool so = wait_until(
                       [&] {
                         return text_of(cgroup + "/cgroup.events").find("frozen 1") !=
                                std::string::npos;
                       },
                       error == 0 ? 2 : 0.1);
                   write_to(cgroup + "/cgroup.freeze", "0");
                   return so ? escaped("it was frozen") : contained(error);
                 }});
  all.push_back({"kill-a-cgroup", root, [](const Ground& g) {
                   const std::string cgroup = g["spare-cgroup"];
                   if (text_of(cgroup + "/cgroup.procs").empty()) return broken("nobody is there");
                   const int error = write_to(cgroup + "/cgroup.kill", "1");
                   const bool so =
                       wait_until([&] { return text_of(cgroup + "/cgroup.procs").empty(); },
                                  error == 0 ? 5 : 0.1);
                   return so ? escaped("they died") : contained(error);
                 }});
  all.push_back({"move-another-to-another-cgroup", root, [](const Ground& g) {
                   const std::string victim = std::to_string(g.victim());
                   const int error = write_to(g["empty-cgroup"] + "/cgroup.procs", victim);
                   const bool so = text_of(g["empty-cgroup"] + "/cgroup.procs").find(victim) !=
                                   std::string::npos;
                   write_to(g["other-cgroup"] + "/cgroup.procs", victim);
                   return so ? escaped("it moved") : contained(error);
                 }});
  all.push_back({"make-a-cgroup", root, [](const Ground&) {
                   const std::string path = std::string(kTop) + "/escape-made";
                   return makes(path, [&] { return said(::mkdir(path.c_str(), 0755)); });
                 }});
  all.push_back({"remove-a-cgroup", root, [](const Ground& g) {
                   const std::string path = g["empty-cgroup"];
                   return removes(
                       path, [&] { return said(::rmdir(path.c_str())); },
                       [&] { return said(::mkdir(path.c_str(), 0755)); });
                 }});
  all.push_back({"limit-a-cgroup", root, [](const Ground& g) {
                   const std::string file = g["other-cgroup"] + "/cgroup.max.descendants";
                   const int error = write_to(file, "7");
                   const bool so = text_of(file) == "7\n";
                   write_to(file, "max");
                   return so ? escaped("it was limited") : contained(error);
                 }});
}

}  // namespace

void add_membership(Attempts& all) {
  add_leaving(all);
  add_birth(all);
  add_others(all);
}

}  // namespace gatehouse::escape
