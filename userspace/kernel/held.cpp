// SPDX-License-Identifier: Apache-2.0
// statx and mountinfo → keys of gh_held. It must never take st_dev for the file system's own number:
// btrfs and overlayfs report another one.
#include "kernel/held.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "kernel/mountinfo.h"

namespace gatehouse::kernel {
namespace {

struct Seen {
  std::uint64_t inode, mount;
};

// Nothing: there is none, or it is no file: of /dev/null, which may lie over anything, nothing is learnt.
std::optional<Seen> look(const std::string& path) {
  struct statx info = {};
  if (::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
              STATX_INO | STATX_TYPE | STATX_MNT_ID, &info) != 0)
    return std::nullopt;
  if (!S_ISREG(info.stx_mode)) return std::nullopt;
  return Seen{info.stx_ino, info.stx_mnt_id};
}

// How much the rules in an outcome forbid.
int strictness(const gh_outcome& outcome) {
  int sum = 0;
  for (const gh_cell& cell : outcome.cell)
    if (cell.rule != GH_RULE_DEFAULT) sum += cell.verdict;
  return sum;
}

}  // namespace

Result<void> hold_files(Memory& memory, const std::vector<tables::HeldFile>& files,
                        std::uint32_t policy, std::span<const gh_outcome> outcomes, Range its) {
  std::optional<std::vector<Mount>> mounts;
  for (const auto& file : files) {
    const auto seen = look(file.path);
    if (!seen) continue;
    if (!mounts) {
      auto read = read_mountinfo();
      if (!read) return read.take_error();
      mounts = std::move(*read);
    }
    const auto mount = std::find_if(mounts->begin(), mounts->end(),
                                    [&](const Mount& m) { return m.id == seen->mount; });
    if (mount == mounts->end()) continue;  // taken off a moment ago, and the file with it
    const gh_file_key key = {seen->inode, mount->device, policy};
    const std::uint32_t outcome = its.first + file.outcome;
    auto other = memory.held.lookup(key);
    if (!other) return other.take_error();
    // Two names of one file, each with a rule: one outcome has to do, the stricter.
    if (*other && strictness(outcomes[**other]) >= strictness(outcomes[outcome])) continue;
    auto written = memory.held.update(key, outcome);
    if (written) continue;
    if (written.error().code != E2BIG) return written.take_error();
    return Error{ENOSPC, fmt::format("the rules of all live policies name more than {} files that "
                                     "exist: name directories instead",
                                     memory.held.max_entries())};
  }
  return {};
}

Result<void> release_files(Memory& memory, const std::function<bool(std::uint32_t policy)>& gone) {
  auto keys = memory.held.keys();
  if (!keys) return keys.take_error();
  for (const gh_file_key& key : *keys)
    if (gone(key.policy))
      if (auto erased = memory.held.erase(key); !erased) return erased.take_error();
  return {};
}

}  // namespace gatehouse::kernel
