// SPDX-License-Identifier: Apache-2.0
// Landlock by its raw system calls (Debian 12 has no library for it).
// It must never leave a rule out silently: an error ends the program.
#include "hooks/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "hooks/measure.h"
#include "hooks/operations.h"

namespace gatehouse::bench {
namespace {

constexpr std::uint64_t kRead =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE;
constexpr std::uint64_t kAll = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;  // ABI 1

void allow(int ruleset, const std::string& path, std::uint64_t accesses) {
  landlock_path_beneath_attr rule = {};
  rule.allowed_access = accesses;
  rule.parent_fd = ::open(path.c_str(), O_PATH | O_CLOEXEC);
  must(rule.parent_fd >= 0, path);
  must(::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0,
       "landlock_add_rule");
  ::close(rule.parent_fd);
}

}  // namespace

bool has_landlock() {
  return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1;
}

void enter_landlock(unsigned rules) {
  const std::string root = kRoot;
  landlock_ruleset_attr attributes = {};
  attributes.handled_access_fs = kAll;
  const int ruleset =
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0));
  must(ruleset >= 0, "landlock_create_ruleset");
  allow(ruleset, "/", kRead);
  allow(ruleset, root + "/project", kAll);
  for (unsigned i = 2; i < rules; i++) {
    const auto path = root + "/landlock/d" + std::to_string(i);
    std::filesystem::create_directories(path);
    allow(ruleset, path, kAll);
  }
  must(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
  must(::syscall(SYS_landlock_restrict_self, ruleset, 0) == 0, "landlock_restrict_self");
  ::close(ruleset);
}

}  // namespace gatehouse::bench
