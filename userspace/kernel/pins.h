// SPDX-License-Identifier: Apache-2.0
// One directory of the BPF file system: what is pinned there outlives us, however we end.
// It must never be removed by a destructor: removing the pins is what opens the gate.
#pragma once

#include <string>
#include <vector>

#include "base/places.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace gatehouse::kernel {

class PinDir {
 public:
  // Makes the directory, in kPinRoot, and takes its lock. Mounts bpffs at /sys/fs/bpf if nothing is there.
  // EEXIST if it is there.
  static Result<PinDir> make(const std::string& path);
  // Opens one that is there and takes its lock; EBUSY while its controller lives.
  static Result<PinDir> open(const std::string& path);

  [[nodiscard]] const std::string& path() const { return path_; }

  // `name` may be "a/b"; the folder is made. No dots: bpffs keeps them for itself.
  Result<void> pin(int fd, const std::string& name) const;
  Result<UniqueFd> get(const std::string& name) const;
  Result<void> unpin(const std::string& name) const;
  // Names in a folder of it; none when there is no such folder.
  [[nodiscard]] std::vector<std::string> list(const std::string& folder) const;

  // Under another name from now on, in one step.
  Result<void> rename(const std::string& path);
  // Removes every pin and the directory. What was attached is detached when the last descriptor goes.
  Result<void> remove();

 private:
  static Result<PinDir> locked(const std::string& path);

  std::string path_;
  UniqueFd fd_;  // holds the lock
};

// Holds back whoever would make or sweep directories in kPinRoot; waits for its turn.
Result<UniqueFd> lock_pin_root();

// Mounts bpffs if /sys/fs/bpf is not one.
Result<void> ensure_bpffs();

}  // namespace gatehouse::kernel
