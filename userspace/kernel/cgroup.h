// SPDX-License-Identifier: Apache-2.0
// A cgroup v2 directory held open: its id and level as BPF sees them, its processes, freeze and kill.
// It must never act on a path after opening it: a cgroup renamed or made anew is another cgroup.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace gatehouse::kernel {

using Milliseconds = std::chrono::milliseconds;

// Mount point of the whole v2 hierarchy. Errors say what is missing: no v2, read-only, or a cgroup
// namespace of our own (levels would be counted from the wrong root).
Result<std::string> find_cgroup_mount();

// Path below the mount point ("/a/b", "/" for the root) of the cgroup that a process is in.
Result<std::string> cgroup_of(pid_t pid);

// Value of a key in the kernel's flat files: "populated 1\nfrozen 0\n".
bool flat_value(std::string_view text, std::string_view key, std::string& value);

class Cgroup {
 public:
  // `path` is absolute, "/sys/fs/cgroup/gatehouse/x"; symlinks are not followed at its end.
  static Result<Cgroup> open(const std::string& mount, const std::string& path);
  // Makes it, and what is missing above it. EEXIST if it is there.
  static Result<Cgroup> make(const std::string& mount, const std::string& path);
  // Makes it if it is not there.
  static Result<Cgroup> ensure(const std::string& mount, const std::string& path);
  // By id; ESTALE or ENOENT when it is gone. `path` is where it lies now.
  static Result<Cgroup> by_id(const std::string& mount, std::uint64_t id);

  [[nodiscard]] const std::string& path() const { return path_; }
  // Below the mount point, as /proc/PID/cgroup tells it.
  [[nodiscard]] const std::string& below() const { return below_; }
  [[nodiscard]] int fd() const { return fd_.get(); }  // for CLONE_INTO_CGROUP and BPF links
  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] std::uint32_t level() const { return level_; }

  // Waits until every process of the subtree stands still. Time out: ETIMEDOUT, and it is thawed again.
  Result<void> freeze(Milliseconds limit) const;
  Result<void> thaw() const;
  // False: something in it still runs at the limit.
  Result<bool> wait_frozen(Milliseconds limit) const;
  // SIGKILL to the whole subtree, forks in flight included.
  Result<void> kill() const;
  Result<bool> populated() const;
  // True: empty now. False: still populated at the limit (negative: no limit).
  Result<bool> wait_empty(Milliseconds limit) const;
  // Every process of the subtree; the list is old as soon as it is there.
  Result<std::vector<pid_t>> processes() const;
  // Names of the cgroups right below.
  [[nodiscard]] std::vector<std::string> children() const;
  // Is the process in it, or in one below?
  Result<bool> holds(pid_t pid) const;
  // Moves a process here. The pidfd keeps its number from naming another one meanwhile.
  Result<void> enter(int pidfd) const;
  // Removes it and the (empty) cgroups below. EBUSY when a process is left at the limit.
  Result<void> remove(Milliseconds limit) const;

 private:
  static Result<Cgroup> take(const std::string& mount, const std::string& path, UniqueFd fd);
  // Until the key in cgroup.events has the value.
  Result<bool> wait_event(std::string_view key, std::string_view value, Milliseconds limit) const;

  std::string path_, below_;
  UniqueFd fd_;
  std::uint64_t id_ = 0;
  std::uint32_t level_ = 0;
};

}  // namespace gatehouse::kernel
