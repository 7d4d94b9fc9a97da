// SPDX-License-Identifier: Apache-2.0
// The BPF programs at their hooks, pinned, and the memory that they share with us: one whole gate.
// Its destructor must never open it: what is attached stays attached until lift().
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "kernel/cgroup.h"
#include "kernel/memory.h"
#include "kernel/object.h"
#include "kernel/pins.h"

namespace gatehouse::kernel {

struct EnforcementOptions {
  std::string cgroup_mount;  // find_cgroup_mount()
  // Names the gate: sessions live in <cgroup_mount>/gatehouse/<name>/…, pins in kPinRoot/<name>. One
  // controller at a time holds a name. No dots and no slashes.
  std::string name = "host";
  bool portable_only = false;  // for tests
};

class Enforcement {
 public:
  // Loads, attaches and pins everything, or leaves nothing behind. EEXIST: that name is in force, adopt
  // it. EBUSY from a hook or any other refusal to attach is an error that names the hook.
  static Result<Enforcement> load(const EnforcementOptions& options);
  // Takes over what another process pinned. EPROTO: another version made it; EBUSY: it has a controller;
  // ENOENT: nothing is in force.
  static Result<Enforcement> adopt(const EnforcementOptions& options);

  Enforcement(Enforcement&&) = default;
  Enforcement& operator=(Enforcement&&) = default;

  [[nodiscard]] Memory& memory() { return memory_; }
  [[nodiscard]] const Cgroup& root() const { return root_; }
  [[nodiscard]] const std::string& mount() const { return mount_; }
  [[nodiscard]] const std::string& flavor() const { return flavor_; }  // "fast" or "portable"
  // In force on this kernel, and their links by name; one that hangs at the root has the program's name.
  [[nodiscard]] const std::vector<Program>& programs() const { return programs_; }
  [[nodiscard]] const Fds& links() const { return links_; }
  // Of one that is attached nowhere by itself, or to cgroups.
  [[nodiscard]] int program(const std::string& name) const { return program_fds_.at(name).get(); }
  [[nodiscard]] std::vector<std::string> attached() const;  // names of links

  // The cgroup programs on a cgroup that does not lie below the root. In force when it returns.
  Result<void> cover(const Cgroup& cgroup);
  Result<void> uncover(std::uint64_t cgroup_id);
  // The programs on demand (sendmsg), at the root and at every covered cgroup. Again: does nothing.
  Result<void> cover_sending();

  // The gate opens: pins removed, everything detached, the root cgroup removed if it is empty.
  Result<void> lift();

 private:
  explicit Enforcement(PinDir pins) : pins_(std::move(pins)) {}
  Result<void> attach_everything(const Object& object);
  Result<void> attach_cgroup(const Program& program, const Cgroup& cgroup, const std::string& link);
  Result<void> pin_everything();

  PinDir pins_;
  std::string mount_, flavor_;
  Cgroup root_;
  Memory memory_;
  std::vector<Program> programs_;  // in force on this kernel
  Fds program_fds_;                // of cgroup programs, to attach them elsewhere
  Fds links_;
};

// Removes what runs without a controller ("run-…", "loading-…") left behind once their sessions are empty.
// Returns the names of those that still hold processes: they stay enforced, and who waits there for an
// answer is told that nobody will give one. A daemon's gate is left to its next daemon.
Result<std::vector<std::string>> sweep_orphans(const std::string& cgroup_mount);

}  // namespace gatehouse::kernel
