// SPDX-License-Identifier: Apache-2.0
// The mounts of tests/support/mounts.h. They must never stay: detaching works even while a file is open.
#include "support/mounts.h"

#include <sys/mount.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace gatehouse::testing {
namespace {

void give_up(const std::string& doing) {
  std::fprintf(stderr, "tests cannot run: %s: %s\n", doing.c_str(), std::strerror(errno));
  std::exit(2);
}

const std::string& made(const std::string& directory) {
  std::filesystem::create_directories(directory);
  return directory;
}

std::string layers_of(const std::string& layers) {
  made(layers + "/lower");
  made(layers + "/upper");
  made(layers + "/work");
  return "lowerdir=" + layers + "/lower,upperdir=" + layers + "/upper,workdir=" + layers + "/work";
}

}  // namespace

Mount::Mount(const std::string& source, const std::string& target, const std::string& type,
             unsigned long flags, const std::string& data)
    : target_(target) {
  if (::mount(source.c_str(), target.c_str(), type.c_str(), flags, data.c_str()) != 0)
    give_up("mounting " + target);
}

Mount::~Mount() {
  if (::umount2(target_.c_str(), MNT_DETACH) != 0) give_up("unmounting " + target_);
}

Tmpfs::Tmpfs(const std::string& target) : Mount("tmpfs", made(target), "tmpfs") {}
Bind::Bind(const std::string& source, const std::string& target)
    : Mount(source, target, "none", MS_BIND) {}
Overlay::Overlay(const std::string& layers, const std::string& target)
    : Mount("overlay", made(target), "overlay", 0, layers_of(layers)) {}

Ext4::Ext4(const std::string& image, const std::string& target) : target_(target) {
  made(target);
  const std::string command = "truncate -s 32M " + image + " && mkfs.ext4 -q " + image +
                              " && mount -o loop " + image + " " + target;
  if (std::system(command.c_str()) != 0) give_up(command);
}

Ext4::~Ext4() {
  if (::umount2(target_.c_str(), MNT_DETACH) != 0) give_up("unmounting " + target_);
}

}  // namespace gatehouse::testing
