// SPDX-License-Identifier: Apache-2.0
// What this host can enforce, found by trying: every program loaded, attached and fired, then let go.
// It must never judge anybody else: what it attaches is bound to a cgroup of its own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "kernel/object.h"

namespace gatehouse::kernel {

struct HookState {
  enum class State {
    works,
    absent,  // on this kernel; nothing needs it
    load_failed,
    attach_failed,
    silent,  // attached, but the operation that should fire it went by
  };
  std::string name;  // of the program
  std::string hook;  // its section: "lsm/file_open"
  State state = State::works;
  int code = 0;      // errno
  std::string hint;  // what to do; may be empty
};
const char* state_name(HookState::State state);

struct HostReport {
  std::string kernel;  // release
  bool btf = false;
  std::string cgroup_mount;        // "" if there is none to use
  std::string cgroup_problem;      // why
  std::optional<bool> bpf_in_lsm;  // nothing: the list cannot be read
  std::string lsm_list;
  std::string flavor;  // that loads as a whole; "" if none does
  std::vector<HookState> hooks;
  std::vector<std::string> problems;  // for people, each with what to do

  // Nothing is missing: a gate can be made here.
  [[nodiscard]] bool enforceable() const;
};

HostReport probe_host();

// The reason behind a refusal, as far as an errno and a verifier's silence tell it.
std::string hint_for(Program::Kind kind, int code, bool verifier_spoke,
                     std::optional<bool> bpf_in_lsm);

// "6.12.1-x" → at least 6.1?
bool is_supported_release(const std::string& release);

}  // namespace gatehouse::kernel
