// SPDX-License-Identifier: Apache-2.0
// One compiled BPF object: its programs by section, its constants, its load.
// It must never attach: what is attached and when is Enforcement's and probe's to decide.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

struct bpf_object;
struct bpf_program;

namespace gatehouse::kernel {

// Two builds of the same sources: fast wants a verifier of 6.9 or later, portable loads from 6.1 on.
enum class Flavor { fast, portable };
const char* flavor_name(Flavor flavor);

struct Program {
  enum class Kind { lsm, trace, cgroup, other };
  std::string name;     // of the function
  std::string section;  // "lsm.s/bprm_creds_for_exec"
  std::string hook;     // "bprm_creds_for_exec"
  Kind kind = Kind::other;
  bool optional = false;  // SEC("?…"): left out where the kernel has no such hook
  int attach_type = 0;    // bpf_attach_type, of cgroup programs
  // Attached only while a session needs it: it costs every process of the host (DESIGN 7, 6).
  [[nodiscard]] bool on_demand() const { return section.starts_with("cgroup/sendmsg"); }
};
Program::Kind kind_of(std::string_view section);
std::string hook_of(std::string_view section);

class Object {
 public:
  static Result<Object> open(Flavor flavor);

  [[nodiscard]] const std::vector<Program>& programs() const { return programs_; }
  [[nodiscard]] bpf_program* program(const std::string& name) const;
  // A constant of the BPF side (.rodata) by its name; sizes must agree. Before load.
  Result<void> set_constant(const std::string& name, const void* value, std::size_t size);
  Result<void> set_map_entries(const std::string& map, std::uint32_t entries);
  void load_program(const std::string& name, bool yes);
  // Optional programs are loaded if the kernel's BTF knows their hook; those that it does not know are
  // left out, here and from programs().
  Result<void> choose_optional();
  // EPERM and its like with the program's name and the verifier's last words.
  Result<void> load();
  // The whole libbpf text of the load that failed.
  [[nodiscard]] const std::string& log() const { return log_; }
  // Duplicates, owned by the caller. The section that holds gh_controls goes by that name.
  [[nodiscard]] Result<UniqueFd> map_fd(const std::string& name) const;
  [[nodiscard]] Result<UniqueFd> program_fd(const std::string& name) const;
  // Attaches a program that names its hook itself (lsm, trace). The link lives with the descriptor.
  [[nodiscard]] Result<UniqueFd> attach(const std::string& name) const;

 private:
  struct Close {
    void operator()(bpf_object* object) const;
  };
  std::unique_ptr<bpf_object, Close> object_;
  std::vector<Program> programs_;
  std::string log_;
};

// What Options of Enforcement and probe have in common: the constants that every load needs.
struct Constants {
  std::uint64_t root_id = 0;
  std::uint32_t root_level = 0;
};
// Root, slots (a power of two, two per CPU, 64 at least: a hook preempted at work keeps its slot), the
// shape of hooks that changed, and a fresh secret.
Result<void> prepare(Object& object, const Constants& constants);

std::uint32_t slots_for(int cpus);

// How many arguments an LSM hook takes on this kernel, by its BTF; 0: there is no such hook.
unsigned hook_arguments(const std::string& hook);

}  // namespace gatehouse::kernel
