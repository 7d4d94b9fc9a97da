// SPDX-License-Identifier: Apache-2.0
// The session, the child, and what is made of both; the shots themselves are in shots.cpp.
// It must never touch a file or a socket that it did not make.
#include "kernel/firing.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "kernel/admission.h"
#include "kernel/shots.h"
#include "policy/parse.h"
#include "tables/compile.h"

namespace gatehouse::kernel {
namespace {

using State = HookState::State;

// What a capability guards before the hook is let through, so that the hook is reached.
// The two variables stand for what they are given in tables_for, byte by byte: the scene, and this program.
constexpr const char* kPolicy = R"({"version": 1, "name": "doctor",
  "filesystem": {"default": {"read": "allow", "write": "deny", "exec": "allow"}, "rules": [
    {"id": "unreadable", "action": "deny", "access": ["read"], "paths": ["${workspace}/file"]},
    {"id": "unmappable", "action": "deny", "access": ["exec"], "paths": ["${home}"]}]},
  "exec": {"default": "allow", "rules": [
    {"id": "unstartable", "action": "deny", "command": ["*", "--gatehouse-doctor"]}]},
  "network": {"default": "deny", "rules": [
    {"id": "own", "action": "allow", "access": ["connect"], "cidrs": ["127.0.0.1/32", "::1/128"]},
    {"id": "serve", "action": "allow", "access": ["bind", "listen"], "cidrs": ["127.0.0.1/32"]}],
    "unix_sockets": {"default": "deny"}},
  "privilege": {"allow": ["bpf", "mount", "syslog", "perf", "modules"]}})";

Result<tables::Tables> tables_for(const Scene& scene) {
  Diagnostics diagnostics;
  const auto policy = policy::parse(
      {"doctor", kPolicy},
      [](const std::string& name, const std::string&) -> Result<policy::Source> {
        return Error{ENOENT, "doctor's policy extends nothing, not " + name};
      },
      diagnostics);
  std::optional<tables::Tables> tables;
  if (policy)
    tables = tables::compile(
        *policy, {scene.directory, scene.program_path, {}},
        [](const std::string&) { return std::nullopt; }, diagnostics);
  if (!tables) return Error{EINVAL, "doctor's own policy: " + render(diagnostics)};
  return std::move(*tables);
}

// How often the program behind a link ran, since counting began.
Result<std::uint64_t> runs(int link) {
  bpf_link_info about = {};
  std::uint32_t size = sizeof(about);
  if (::bpf_obj_get_info_by_fd(link, &about, &size) != 0) return sys_error("a link's program");
  const UniqueFd program(::bpf_prog_get_fd_by_id(about.prog_id));
  bpf_prog_info info = {};
  size = sizeof(info);
  if (!program.valid() || ::bpf_obj_get_info_by_fd(program.get(), &info, &size) != 0)
    return sys_error("a program's count of runs");
  return info.run_cnt;
}

// The child's errno; -1: it could not even enter, or was killed.
int fire(const Shot& shot, const Scene& scene, int cgroup_procs) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(10);
    if (::write(cgroup_procs, "0", 1) != 1) ::_exit(255);
    ::_exit(shot.operation(scene) & 0xff);
  }
  int status = 0;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (child < 0 || !WIFEXITED(status) || WEXITSTATUS(status) == 255) return -1;
  return WEXITSTATUS(status);
}

// What arrives from the network, and the end of a process, may come a moment later.
Result<bool> ran_since(int link, std::uint64_t before) {
  for (int tries = 0; tries < 50; tries++) {
    auto now = runs(link);
    if (!now) return now.take_error();
    if (*now > before) return true;
    ::usleep(10000);
  }
  return false;
}

Result<HookState> try_hook(const Program& program, const Fds& links, const Scene& scene,
                           int cgroup_procs) {
  const Shot* shot = shot_for(program.hook);
  const auto link = links.find(program.name);
  if (shot == nullptr || link == links.end())
    return HookState{program.name, program.section, State::silent, 0,
                     "doctor has no operation that fires it"};
  auto before = runs(link->second.get());
  if (!before) return before.take_error();
  const int got = fire(*shot, scene, cgroup_procs);
  auto ran = ran_since(link->second.get(), *before);
  if (!ran) return ran.take_error();
  return judge_shot(program, *ran, shot->expected, got);
}

Result<std::vector<HookState>> fire_all(Enforcement& gate, const Cgroup& cgroup,
                                        const Scene& scene) {
  const UniqueFd counting(::bpf_enable_stats(BPF_STATS_RUN_TIME));
  if (!counting.valid()) return sys_error("counting how often programs run");
  const UniqueFd procs(::openat(cgroup.fd(), "cgroup.procs", O_WRONLY | O_CLOEXEC));
  if (!procs.valid()) return sys_error("cgroup.procs");
  std::vector<HookState> states;
  for (const Program& program : gate.programs()) {
    if (program.on_demand() || program.kind == Program::Kind::other) continue;
    auto state = try_hook(program, gate.links(), scene, procs.get());
    if (!state) return state.take_error();
    states.push_back(std::move(*state));
  }
  return states;
}

}  // namespace

HookState judge_shot(const Program& program, bool ran, int expected, int got) {
  HookState state = {program.name, program.section, State::works, 0, ""};
  if (got == EAFNOSUPPORT) {
    state.state = State::absent;
    state.hint = "this host has nothing that it would guard";
    return state;
  }
  if (ran && got >= 0 && (expected == 0 || got == expected)) return state;
  state.state = State::silent;
  state.code = got > 0 ? got : 0;
  if (!ran)
    state.hint = "it is attached, but did not run when its operation was tried";
  else if (got == 0)
    state.hint = "it ran, but an operation that the policy denies went through";
  else if (got < 0)
    state.hint = "the trial could not be made: its process did not end by itself";
  else
    state.hint = fmt::format("it ran, but its operation ended with \"{}\", not with \"{}\"",
                             std::strerror(got), std::strerror(expected));
  return state;
}

Result<std::vector<HookState>> fire_hooks(Enforcement& gate) {
  auto scene = Scene::make();
  if (!scene) return scene.take_error();
  auto tables = tables_for(*scene);
  if (!tables) return tables.take_error();
  auto grace = Grace::make();
  if (!grace) return grace.take_error();
  auto publisher = Publisher::over(gate.memory(), *grace);
  if (!publisher) return publisher.take_error();
  auto slot = publisher->publish(*tables, 1);
  if (!slot) return slot.take_error();
  auto cgroup = Cgroup::make(gate.mount(), gate.root().path() + "/doctor");
  if (!cgroup) return cgroup.take_error();

  Admission admission(gate, *grace);
  auto admitted = admission.admit(*cgroup, 1, *slot, tables->flags);
  if (!admitted) {
    (void)cgroup->remove(Milliseconds(0));
    return admitted.take_error();
  }
  auto states = fire_all(gate, *cgroup, *scene);
  if (auto removed = admission.remove(*admitted); !removed)
    spdlog::warn("{}", removed.error().what);
  if (auto removed = cgroup->remove(Milliseconds(1000)); !removed)
    spdlog::warn("{}", removed.error().what);
  return states;
}

}  // namespace gatehouse::kernel
