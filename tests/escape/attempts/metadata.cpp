// SPDX-License-Identifier: Apache-2.0
// Mode, owner, times, attributes and flags of files that may not be written. It must never leave a file
// immutable: nothing could put it back.
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "judge.h"

namespace gatehouse::escape {
namespace {

constexpr timespec kTimes[2] = {{1000, 0}, {1000, 0}};

void add_one(Attempts& all, const std::string& name, const std::function<int(const char*)>& act,
             Who who = anyone) {
  all.push_back({name, who, [act](const Ground& g) {
                   return changes_kept(g, [&] { return act(g.kept().c_str()); });
                 }});
}

int reading(const char* path) { return ::open(path, O_RDONLY | O_CLOEXEC); }

// An ACL of three entries, as setfacl would write it: rwx for the owner, none for others.
const unsigned char kAcl[] = {2, 0, 0,   0,   1,   0,   7,  0, 255, 255, 255, 255, 4,   0,
                              0, 0, 255, 255, 255, 255, 32, 0, 0,   0,   255, 255, 255, 255};

}  // namespace

void add_metadata(Attempts& all) {
  add_one(all, "chmod-kept", [](const char* p) { return said(::chmod(p, 0777)); });
  add_one(all, "chmod-kept-by-reading-descriptor",
          [](const char* p) { return said(::fchmod(reading(p), 0777)); });
  add_one(all, "chmod-kept-through-proc", [](const char* p) {
    const int fd = ::open(p, O_PATH);
    return said(::chmod(("/proc/self/fd/" + std::to_string(fd)).c_str(), 0777));
  });
  add_one(all, "give-kept-to-another-group",
          [](const char* p) { return said(::chown(p, static_cast<uid_t>(-1), 61010)); });
  add_one(all, "give-kept-to-another-group-by-descriptor",
          [](const char* p) { return said(::fchown(reading(p), static_cast<uid_t>(-1), 61010)); });
  add_one(
      all, "give-kept-to-another-user", [](const char* p) { return said(::chown(p, 61002, 0)); },
      root);
  add_one(all, "set-times-of-kept",
          [](const char* p) { return said(::utimensat(AT_FDCWD, p, kTimes, 0)); });
  add_one(all, "set-times-of-kept-by-reading-descriptor",
          [](const char* p) { return said(::futimens(reading(p), kTimes)); });
  add_one(all, "touch-kept",
          [](const char* p) { return said(::utimensat(AT_FDCWD, p, nullptr, 0)); });
  add_one(all, "set-attribute-of-kept",
          [](const char* p) { return said(::setxattr(p, "user.escape", "x", 1, 0)); });
  add_one(all, "set-attribute-of-kept-by-reading-descriptor",
          [](const char* p) { return said(::fsetxattr(reading(p), "user.escape", "x", 1, 0)); });
  add_one(all, "remove-attribute-of-kept",
          [](const char* p) { return said(::removexattr(p, "user.escape")); });
  add_one(all, "set-acl-of-kept", [](const char* p) {
    return said(::setxattr(p, "system.posix_acl_access", kAcl, sizeof kAcl, 0));
  });
  add_one(all, "set-flags-of-kept-by-reading-descriptor", [](const char* p) {
    const int fd = reading(p);
    int flags = 0;
    if (::ioctl(fd, FS_IOC_GETFLAGS, &flags) != 0) return errno;
    flags |= FS_NOATIME_FL;
    return said(::ioctl(fd, FS_IOC_SETFLAGS, &flags));
  });
  add_one(all, "set-extended-flags-of-kept", [](const char* p) {
    const int fd = reading(p);
    fsxattr flags = {};
    if (::ioctl(fd, FS_IOC_FSGETXATTR, &flags) != 0) return errno;
    flags.fsx_xflags |= FS_XFLAG_NODUMP;
    return said(::ioctl(fd, FS_IOC_FSSETXATTR, &flags));
  });
  all.push_back({"chmod-secret", anyone, [](const Ground& g) {
                   struct stat before = {}, after = {};
                   ::stat(g.secret().c_str(), &before);
                   const int error = said(::chmod(g.secret().c_str(), 0666));
                   ::stat(g.secret().c_str(), &after);
                   if (before.st_mode == after.st_mode) return contained(error);
                   ::chmod(g.secret().c_str(), before.st_mode & 07777);
                   return escaped("changed its mode");
                 }});
  all.push_back({"chown-a-file-of-another-user", root, [](const Ground& g) {
                   const std::string path = g.outside("/foreign");
                   struct stat before = {}, after = {};
                   ::stat(path.c_str(), &before);
                   const int error = said(::chown(path.c_str(), 0, 0));
                   ::stat(path.c_str(), &after);
                   if (before.st_uid == after.st_uid) return contained(error);
                   return ::chown(path.c_str(), before.st_uid, before.st_gid) == 0
                              ? escaped("took it")
                              : not_put_back("took it");
                 }});
}

}  // namespace gatehouse::escape
