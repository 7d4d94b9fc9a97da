// SPDX-License-Identifier: Apache-2.0
// Makes a whole gate and fires its hooks; only what fails as a whole is tried program by program.
// It must never leave anything attached.
#include "kernel/probe.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>

#include "kernel/cgroup.h"
#include "kernel/enforcement.h"
#include "kernel/file.h"
#include "kernel/firing.h"
#include "kernel/skipping.h"

namespace gatehouse::kernel {
namespace {

using State = HookState::State;

// Attaches one loaded program and lets it go again.
HookState try_attach(const Object& object, const Program& program,
                     const std::optional<Cgroup>& cgroup, const HostReport& report) {
  HookState state = {program.name, program.section, State::works, 0, ""};
  if (program.kind == Program::Kind::other) return state;
  if (program.kind == Program::Kind::cgroup) {
    if (!cgroup) {
      state.state = State::attach_failed;
      state.code = ENOENT;
      state.hint = report.cgroup_problem;
      return state;
    }
    auto fd = object.program_fd(program.name);
    const UniqueFd link(fd ? ::bpf_link_create(fd->get(), cgroup->fd(),
                                               static_cast<bpf_attach_type>(program.attach_type),
                                               nullptr)
                           : -1);
    state.code = link.valid() ? 0 : errno;
  } else {
    auto link = object.attach(program.name);
    state.code = link ? 0 : link.error().code;
  }
  if (state.code != 0) {
    state.state = State::attach_failed;
    state.hint = hint_for(program.kind, state.code, false, report.bpf_in_lsm);
  }
  return state;
}

// The optional programs that this kernel has no hook for.
void add_absent(const Object& before, const std::vector<Program>& after, HostReport& report) {
  for (const Program& program : before.programs()) {
    bool there = false;
    for (const Program& kept : after)
      there = there || kept.name == program.name;
    if (!there)
      report.hooks.push_back(
          {program.name, program.section, State::absent, 0, "this kernel has no such hook"});
  }
}

Result<Object> ready_object(Flavor flavor) {
  auto object = Object::open(flavor);
  if (!object) return object;
  // No cgroup has the id 0: nobody is ours.
  if (auto ready = prepare(*object, {0, 1}); !ready) return ready.take_error();
  if (auto chosen = object->choose_optional(); !chosen) return chosen.take_error();
  return object;
}

bool try_whole(Flavor flavor, const std::optional<Cgroup>& cgroup, HostReport& report) {
  auto object = ready_object(flavor);
  if (!object || !object->load()) return false;
  report.flavor = flavor_name(flavor);
  for (const Program& program : object->programs())
    report.hooks.push_back(try_attach(*object, program, cgroup, report));
  if (auto all = Object::open(flavor)) add_absent(*all, object->programs(), report);
  return true;
}

void try_each(const std::optional<Cgroup>& cgroup, HostReport& report) {
  auto all = Object::open(Flavor::portable);
  if (!all) {
    report.problems.push_back(all.error().what);
    return;
  }
  for (const Program& wanted : all->programs()) {
    auto object = ready_object(Flavor::portable);
    HookState state = {wanted.name, wanted.section, State::load_failed, 0, ""};
    if (!object) {
      state.code = object.error().code;
      state.hint = object.error().what;
      report.hooks.push_back(state);
      continue;
    }
    bool there = false;
    for (const Program& program : object->programs()) {
      object->load_program(program.name, program.name == wanted.name);
      there = there || program.name == wanted.name;
    }
    if (!there) {
      report.hooks.push_back(
          {wanted.name, wanted.section, State::absent, 0, "this kernel has no such hook"});
      continue;
    }
    if (auto loaded = object->load(); !loaded) {
      state.code = loaded.error().code;
      const bool spoke = object->log().find("-- BEGIN PROG LOAD LOG --") != std::string::npos;
      state.hint = hint_for(wanted.kind, state.code, spoke, report.bpf_in_lsm);
      report.hooks.push_back(state);
      continue;
    }
    report.hooks.push_back(try_attach(*object, wanted, cgroup, report));
  }
}

void look_around(HostReport& report) {
  utsname name = {};
  ::uname(&name);
  report.kernel = name.release;
  if (!is_supported_release(report.kernel))
    report.problems.push_back("kernel " + report.kernel +
                              " is older than 6.1, the oldest that Gatehouse supports");
  report.btf = ::access("/sys/kernel/btf/vmlinux", R_OK) == 0;
  if (!report.btf)
    report.problems.emplace_back(
        "the kernel gives no type information (CONFIG_DEBUG_INFO_BTF, /sys/kernel/btf/vmlinux)");
  if (auto list = read_file("/sys/kernel/security/lsm")) {
    report.lsm_list = *list;
    report.bpf_in_lsm = ("," + *list + ",").find(",bpf,") != std::string::npos;
    if (!*report.bpf_in_lsm)
      report.problems.push_back("the BPF LSM is not active; boot with lsm=" + *list + ",bpf");
  }
  if (auto safe = refuse_skipping_kernel(); !safe) report.problems.push_back(safe.error().what);
  if (auto mount = find_cgroup_mount()) {
    report.cgroup_mount = *mount;
  } else {
    report.cgroup_problem = mount.error().what;
    report.problems.push_back(mount.error().what);
  }
  if (::geteuid() != 0)
    report.problems.emplace_back("not root: BPF programs cannot be loaded (try with sudo)");
}

// A gate as `run` makes it, with its hooks fired. False: there is none to be had here.
bool fire_whole(HostReport& report) {
  auto gate = Enforcement::load({report.cgroup_mount, fmt::format("doctor-{}", ::getpid()), false});
  if (!gate) return false;
  report.flavor = gate->flavor();
  auto states = fire_hooks(*gate);
  if (states)
    report.hooks = std::move(*states);
  else
    report.problems.push_back("the hooks could not be fired: " + states.error().what);
  const auto flavor = report.flavor == flavor_name(Flavor::fast) ? Flavor::fast : Flavor::portable;
  if (auto all = Object::open(flavor)) add_absent(*all, gate->programs(), report);
  if (auto lifted = gate->lift(); !lifted) report.problems.push_back(lifted.error().what);
  return true;
}

// Which of them is it?
void try_parts(HostReport& report) {
  std::optional<Cgroup> cgroup;
  if (!report.cgroup_mount.empty()) {
    auto made = Cgroup::make(report.cgroup_mount, fmt::format("{}/gatehouse/doctor-{}",
                                                              report.cgroup_mount, ::getpid()));
    if (made)
      cgroup = std::move(*made);
    else
      report.problems.push_back(made.error().what);
  }
  if (!try_whole(Flavor::fast, cgroup, report) && !try_whole(Flavor::portable, cgroup, report))
    try_each(cgroup, report);
  if (cgroup) (void)cgroup->remove(Milliseconds(100));
}

}  // namespace

const char* state_name(State state) {
  switch (state) {
    case State::works:
      return "works";
    case State::absent:
      return "absent";
    case State::load_failed:
      return "load-failed";
    case State::attach_failed:
      return "attach-failed";
    case State::silent:
      return "silent";
  }
  return "";
}

bool is_supported_release(const std::string& release) {
  char* end = nullptr;
  const long major = std::strtol(release.c_str(), &end, 10);
  const long minor = *end == '.' ? std::strtol(end + 1, nullptr, 10) : 0;
  return major > 6 || (major == 6 && minor >= 1);
}

std::string hint_for(Program::Kind kind, int code, bool verifier_spoke,
                     std::optional<bool> bpf_in_lsm) {
  const bool trampoline = kind == Program::Kind::lsm || kind == Program::Kind::trace;
  if (verifier_spoke)
    return "this kernel's verifier refuses the program; please report it with `gatehouse doctor "
           "--json`";
  if (kind == Program::Kind::lsm && bpf_in_lsm && !*bpf_in_lsm)
    return "add bpf to the kernel parameter lsm=";
  switch (code) {
    case EPERM:
      return trampoline ? "this kernel refuses such programs altogether (no trampolines, lockdown, "
                          "or a container "
                          "without CAP_BPF and CAP_PERFMON)"
                        : "root with CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON is needed";
    case EBUSY:
      return "another program holds this hook alone";
    case E2BIG:
      return "too many programs hang at this hook";
    case ENOMEM:
      return "out of memory";
    case ENOENT:
    case ESRCH:
      return "this kernel has no such hook";
    default:
      return "";
  }
}

bool HostReport::enforceable() const {
  if (flavor.empty() || cgroup_mount.empty() || !problems.empty()) return false;
  for (const HookState& hook : hooks)
    if (hook.state != State::works && hook.state != State::absent) return false;
  return true;
}

HostReport probe_host() {
  HostReport report;
  look_around(report);
  if (report.cgroup_mount.empty() || !fire_whole(report)) try_parts(report);
  return report;
}

}  // namespace gatehouse::kernel
