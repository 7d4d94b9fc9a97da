// SPDX-License-Identifier: Apache-2.0
// Mounts and namespaces: every call that changes what names mean. It must never leave a mount, and mounts
// only over directories of the ground.
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "judge.h"

// <sys/mount.h> and <linux/mount.h> do not go together.
extern "C" int mount(const char*, const char*, const char*, unsigned long, const void*) noexcept;
extern "C" int umount2(const char*, int) noexcept;

namespace gatehouse::escape {
namespace {

constexpr unsigned long kReadOnly = 1, kRemount = 32, kBind = 4096, kMove = 8192;
constexpr unsigned long kPrivate = 1ul << 18, kShared = 1ul << 20;
constexpr int kDetach = 2;

int call(long number, long a, const char* b, long c, const char* d, long e) {
  return said(::syscall(number, a, b, c, d, e));
}

Outcome over(const std::string& at, const std::string& read, const Ground& g, int error) {
  if (error != 0) return contained(error);
  auto outcome = reads_canary_at(g, read);
  if (::umount2(at.c_str(), kDetach) != 0) return not_put_back("mounted on " + at);
  return outcome.kind == Outcome::escaped ? outcome : escaped("mounted on " + at);
}

void add_old(Attempts& all) {
  all.push_back({"mount-a-tmpfs", root, [](const Ground& g) {
                   const std::string at = g.workspace("/at");
                   return over(at, "", g, said(::mount("x", at.c_str(), "tmpfs", 0, nullptr)));
                 }});
  all.push_back({"mount-a-proc", root, [](const Ground& g) {
                   const std::string at = g.workspace("/at");
                   return over(at, "", g, said(::mount("x", at.c_str(), "proc", 0, nullptr)));
                 }});
  all.push_back({"bind-a-directory-of-secrets", root, [](const Ground& g) {
                   const std::string at = g.workspace("/at");
                   const int error =
                       said(::mount(g.home().c_str(), at.c_str(), nullptr, kBind, nullptr));
                   return over(at, at + "/.netrc", g, error);
                 }});
  all.push_back({"bind-a-secret", root, [](const Ground& g) {
                   const std::string at = g.workspace("/plain");
                   const int error =
                       said(::mount(g.secret().c_str(), at.c_str(), nullptr, kBind, nullptr));
                   return over(at, at, g, error);
                 }});
  all.push_back({"overlay-a-directory-of-secrets", root, [](const Ground& g) {
                   const std::string at = g.workspace("/at");
                   const std::string layers = "lowerdir=" + g.home() + ":" + g.workspace("/far");
                   const int error = said(::mount("x", at.c_str(), "overlay", 0, layers.c_str()));
                   return over(at, at + "/.netrc", g, error);
                 }});
  all.push_back({"remount-writable", root, [](const Ground& g) {
                   const std::string at = g.outside("/read-only");
                   const int error =
                       said(::mount(nullptr, at.c_str(), nullptr, kRemount | kBind, nullptr));
                   const bool so = ::access((at + "/file").c_str(), W_OK) == 0;
                   ::mount(nullptr, at.c_str(), nullptr, kRemount | kBind | kReadOnly, nullptr);
                   return so ? escaped("it is writable") : contained(error);
                 }});
  all.push_back({"move-a-mount", root, [](const Ground& g) {
                   const std::string from = g.outside("/read-only"), to = g.workspace("/at");
                   const int error =
                       said(::mount(from.c_str(), to.c_str(), nullptr, kMove, nullptr));
                   if (error != 0) return contained(error);
                   return ::mount(to.c_str(), from.c_str(), nullptr, kMove, nullptr) == 0
                              ? escaped("it moved")
                              : not_put_back("it moved");
                 }});
  all.push_back({"change-propagation", root, [](const Ground& g) {
                   const std::string at = g.outside("/read-only");
                   const int error = said(::mount(nullptr, at.c_str(), nullptr, kShared, nullptr));
                   if (error != 0) return contained(error);
                   ::mount(nullptr, at.c_str(), nullptr, kPrivate, nullptr);
                   return escaped("it was shared");
                 }});
  all.push_back({"unmount-what-hides", root, [](const Ground& g) {
                   // A mount of the ground hides a file that may be read but was to be hidden.
                   const std::string at = g.outside("/covered");
                   const int error = said(::umount2(at.c_str(), kDetach));
                   if (error != 0) return contained(error);
                   return ::mount("tmpfs", at.c_str(), "tmpfs", 0, nullptr) == 0
                              ? escaped("it was unmounted")
                              : not_put_back("it was unmounted");
                 }});
  all.push_back({"pivot-the-root", root, [](const Ground& g) {
                   return in_child([&] {
                     // In a mount namespace of its own where it may have one: the world stays.
                     if (::unshare(CLONE_NEWNS) != 0) return contained(errno);
                     ::mount(nullptr, "/", nullptr, kPrivate | 16384, nullptr);
                     const std::string at = g.workspace("/at");
                     if (::mount(g.home().c_str(), at.c_str(), nullptr, kBind, nullptr) != 0 ||
                         ::chdir(at.c_str()) != 0 || ::syscall(SYS_pivot_root, ".", ".") != 0)
                       return contained(errno);
                     return reads_canary_at(g, "/.netrc");
                   });
                 }});
  all.push_back({"change-the-root", root, [](const Ground& g) {
                   if (::chroot(g.home().c_str()) != 0) return contained(errno);
                   return reads_canary_at(g, "/.netrc");
                 }});
}

void add_new(Attempts& all) {
  all.push_back({"mount-by-descriptor", root, [](const Ground& g) {
                   const long fs = ::syscall(SYS_fsopen, "tmpfs", 0);
                   if (fs < 0 ||
                       ::syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
                     return contained(errno);
                   const long tree = ::syscall(SYS_fsmount, fs, 0, 0);
                   if (tree < 0) return contained(errno);
                   const std::string at = g.workspace("/at");
                   return over(at, "", g,
                               said(::syscall(SYS_move_mount, tree, "", AT_FDCWD, at.c_str(),
                                              MOVE_MOUNT_F_EMPTY_PATH)));
                 }});
  all.push_back({"open-a-file-system", root, [](const Ground&) {
                   return returned(::syscall(SYS_fsopen, "tmpfs", 0), "it has a context");
                 }});
  all.push_back({"clone-a-tree", root, [](const Ground& g) {
                   const long tree =
                       ::syscall(SYS_open_tree, AT_FDCWD, g.home().c_str(), OPEN_TREE_CLONE);
                   if (tree < 0) return contained(errno);
                   return reads_canary(g, ::openat(static_cast<int>(tree), ".netrc", O_RDONLY));
                 }});
  all.push_back({"clone-a-tree-and-attach-it", root, [](const Ground& g) {
                   const long tree =
                       ::syscall(SYS_open_tree, AT_FDCWD, g.home().c_str(), OPEN_TREE_CLONE);
                   if (tree < 0) return contained(errno);
                   const std::string at = g.workspace("/at");
                   const int error = call(SYS_move_mount, tree, "", AT_FDCWD, at.c_str(),
                                          MOVE_MOUNT_F_EMPTY_PATH);
                   return over(at, at + "/.netrc", g, error);
                 }});
  all.push_back({"set-a-mount-writable", root, [](const Ground& g) {
                   const std::string at = g.outside("/read-only");
                   mount_attr attr = {};
                   attr.attr_clr = MOUNT_ATTR_RDONLY;
                   const int error = said(
                       ::syscall(SYS_mount_setattr, AT_FDCWD, at.c_str(), 0, &attr, sizeof attr));
                   const bool so = ::access((at + "/file").c_str(), W_OK) == 0;
                   attr = {};
                   attr.attr_set = MOUNT_ATTR_RDONLY;
                   ::syscall(SYS_mount_setattr, AT_FDCWD, at.c_str(), 0, &attr, sizeof attr);
                   return so ? escaped("it is writable") : contained(error);
                 }});
  all.push_back(
      {"reconfigure-a-file-system", root, [](const Ground& g) {
         const long fs = ::syscall(SYS_fspick, AT_FDCWD, g.outside("/covered").c_str(), 0);
         if (fs < 0) return contained(errno);
         return returned(::syscall(SYS_fsconfig, fs, FSCONFIG_CMD_RECONFIGURE, nullptr, nullptr, 0),
                         "it was reconfigured");
       }});
}

void add_namespaces(Attempts& all) {
  struct Kind {
    const char* name;
    unsigned long flag;
    Who who;
  };
  constexpr Kind kKinds[] = {{"mount", CLONE_NEWNS, root},
                             {"host-name", CLONE_NEWUTS, root},
                             {"network", CLONE_NEWNET, root},
                             {"ipc", CLONE_NEWIPC, root},
                             {"process", CLONE_NEWPID, root},
                             {"cgroup", CLONE_NEWCGROUP, root},
                             {"time", CLONE_NEWTIME, root},
                             {"user", CLONE_NEWUSER, anyone},
                             {"user-and-mount", CLONE_NEWUSER | CLONE_NEWNS, anyone}};
  for (const auto& kind : kKinds) {
    const auto flag = kind.flag;
    all.push_back({std::string("unshare-") + kind.name, kind.who, [flag](const Ground&) {
                     return returned(::unshare(static_cast<int>(flag)), "it has its own");
                   }});
    all.push_back({std::string("clone-into-new-") + kind.name, kind.who, [flag](const Ground&) {
                     clone_args args = {};
                     args.flags = flag;
                     args.exit_signal = SIGCHLD;
                     const long pid = ::syscall(SYS_clone3, &args, sizeof args);
                     if (pid == 0) ::_exit(0);
                     if (pid < 0) return contained(errno);
                     ::waitpid(static_cast<pid_t>(pid), nullptr, 0);
                     return escaped("its child has its own");
                   }});
  }
  const auto enters = [&all](const std::string& name,
                             const std::function<int(const Ground&)>& act) {
    all.push_back({name, root, [act](const Ground& g) {
                     const int error = act(g);
                     char host[64] = {};
                     ::gethostname(host, sizeof host - 1);
                     return std::string(host) == g["container-host"]
                                ? escaped("it is in the other's")
                                : contained(error);
                   }});
  };
  const auto file = [](const Ground& g, const char* kind) {
    return ::open(("/proc/" + g["container"] + "/ns/" + kind).c_str(), O_RDONLY);
  };
  enters("enter-host-name-of-another", [=](const Ground& g) {
    const int fd = file(g, "uts");
    return fd < 0 ? errno : said(::setns(fd, CLONE_NEWUTS));
  });
  enters("enter-namespaces-by-pidfd", [](const Ground& g) {
    const int fd = static_cast<int>(::syscall(SYS_pidfd_open, g.number("container"), 0));
    return fd < 0 ? errno : said(::setns(fd, CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWNS));
  });
  all.push_back({"enter-mounts-of-another", root, [=](const Ground& g) {
                   const int fd = file(g, "mnt");
                   if (fd < 0 || ::setns(fd, CLONE_NEWNS) != 0) return contained(errno);
                   return reads_canary_at(g, g.secret());
                 }});
  all.push_back({"enter-its-own-network", root, [](const Ground&) {
                   return returned(::setns(::open("/proc/self/ns/net", O_RDONLY), CLONE_NEWNET),
                                   "it may enter");
                 }});
  all.push_back({"enter-its-own-mounts", root, [](const Ground&) {
                   return returned(::setns(::open("/proc/self/ns/mnt", O_RDONLY), CLONE_NEWNS),
                                   "it may enter");
                 }});
  all.push_back({"user-namespace-and-bind-a-secret", anyone, [](const Ground& g) {
                   if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return contained(errno);
                   const std::string at = g.workspace("/at");
                   if (::mount(g.home().c_str(), at.c_str(), nullptr, kBind, nullptr) != 0)
                     return contained(errno);
                   return reads_canary_at(g, at + "/.netrc");
                 }});
}

}  // namespace

void add_mounts(Attempts& all) {
  add_old(all);
  add_new(all);
  add_namespaces(all);
}

}  // namespace gatehouse::escape
