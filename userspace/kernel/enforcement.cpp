// SPDX-License-Identifier: Apache-2.0
// Load, attach, pin, in that order, and taking over what was pinned.
// It must never report success with a hook missing.
#include "kernel/enforcement.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "kernel/skipping.h"

namespace gatehouse::kernel {
namespace {

std::string pins_of(const std::string& name) { return std::string(kPinRoot) + "/" + name; }
std::string root_of(const EnforcementOptions& o) { return o.cgroup_mount + "/gatehouse/" + o.name; }

std::string link_name(const Program& program, std::uint64_t cgroup) {
  return cgroup == 0 ? program.name : fmt::format("{}-{}", program.name, cgroup);
}

Error cannot_attach(const Program& program, int code) {
  std::string why = std::strerror(code);
  if (code == EBUSY) why += " (another program holds it alone)";
  if (code == E2BIG)
    why += " (too many programs hang there; use one `gatehouse daemon` instead of many runs)";
  return {code,
          fmt::format("cannot attach {} to the hook {}: {}", program.name, program.section, why)};
}

// Opens and loads one flavor with everything that this kernel has.
Result<Object> load_flavor(Flavor flavor, const Constants& constants) {
  auto object = Object::open(flavor);
  if (!object) return object;
  if (auto ready = prepare(*object, constants); !ready) return ready.take_error();
  if (auto chosen = object->choose_optional(); !chosen) return chosen.take_error();
  if (auto loaded = object->load(); !loaded) return loaded.take_error();
  return object;
}

Result<Fds> map_fds(const Object& object) {
  Fds fds;
  for (const char* name : kMapNames) {
    auto fd = object.map_fd(name);
    if (!fd) return fd.take_error();
    fds.emplace(name, std::move(*fd));
  }
  return fds;
}

}  // namespace

Result<Enforcement> Enforcement::load(const EnforcementOptions& options) {
  if (::access(pins_of(options.name).c_str(), F_OK) == 0)
    return Error{EEXIST, "a gate named '" + options.name + "' is in force already"};
  auto pins = PinDir::make(pins_of(fmt::format("loading-{}-{}", options.name, ::getpid())));
  if (!pins) return pins.take_error();
  Enforcement gate(std::move(*pins));
  const auto fail = [&](Error error) {
    gate.links_.clear();
    if (auto removed = gate.pins_.remove(); !removed) spdlog::warn("{}", removed.error().what);
    if (gate.root_.fd() >= 0) (void)gate.root_.remove(Milliseconds(0));
    return error;
  };

  gate.mount_ = options.cgroup_mount;
  auto root = Cgroup::ensure(options.cgroup_mount, root_of(options));
  if (!root) return fail(root.take_error());
  gate.root_ = std::move(*root);
  const Constants constants = {gate.root_.id(), gate.root_.level()};

  auto flavor = options.portable_only ? Flavor::portable : Flavor::fast;
  auto object = load_flavor(flavor, constants);
  if (!object && flavor == Flavor::fast) {
    spdlog::debug("{}; trying the portable programs", object.error().what);
    flavor = Flavor::portable;
    object = load_flavor(flavor, constants);
  }
  // The fast programs load on later kernels only.
  if (object && flavor == Flavor::portable)
    if (auto safe = refuse_skipping_kernel(); !safe) return fail(safe.take_error());
  if (!object) return fail(object.take_error());
  gate.flavor_ = flavor_name(flavor);
  gate.programs_ = object->programs();

  auto fds = map_fds(*object);
  if (!fds) return fail(fds.take_error());
  auto memory = Memory::bind(std::move(*fds));
  if (!memory) return fail(memory.take_error());
  gate.memory_ = std::move(*memory);
  // Session 0 is nobody's (and has no tables); its cgroup says what the programs were loaded for.
  gate.memory_.sessions[0].cgroup = constants.root_id;

  if (auto attached = gate.attach_everything(*object); !attached)
    return fail(attached.take_error());
  if (auto pinned = gate.pin_everything(); !pinned) return fail(pinned.take_error());
  return gate;
}

Result<void> Enforcement::attach_everything(const Object& object) {
  for (const Program& program : programs_) {
    if (program.kind == Program::Kind::other || program.kind == Program::Kind::cgroup) {
      auto fd = object.program_fd(program.name);
      if (!fd) return fd.take_error();
      program_fds_.emplace(program.name, std::move(*fd));
      if (program.kind == Program::Kind::other || program.on_demand()) continue;
      if (auto attached = attach_cgroup(program, root_, link_name(program, 0)); !attached)
        return attached;
    } else {
      auto link = object.attach(program.name);
      if (!link) return cannot_attach(program, link.error().code);
      links_.emplace(program.name, std::move(*link));
    }
  }
  return {};
}

Result<void> Enforcement::attach_cgroup(const Program& program, const Cgroup& cgroup,
                                        const std::string& name) {
  UniqueFd link(::bpf_link_create(program_fds_.at(program.name).get(), cgroup.fd(),
                                  static_cast<bpf_attach_type>(program.attach_type), nullptr));
  if (!link.valid()) return cannot_attach(program, errno);
  links_.insert_or_assign(name, std::move(link));
  return {};
}

Result<void> Enforcement::pin_everything() {
  for (const char* name : kMapNames)
    if (auto pinned = pins_.pin(memory_.fd(name), std::string("maps/") + name); !pinned)
      return pinned;
  for (const auto& [name, fd] : program_fds_)
    if (auto pinned = pins_.pin(fd.get(), "programs/" + name); !pinned) return pinned;
  for (const auto& [name, fd] : links_)
    if (auto pinned = pins_.pin(fd.get(), "links/" + name); !pinned) return pinned;
  if (auto pinned = pins_.pin(memory_.fd("gh_controls"), "flavor/" + flavor_); !pinned)
    return pinned;
  // Only what is whole gets the name under which it is adopted.
  const std::string path = pins_of(root_.path().substr(root_.path().rfind('/') + 1));
  return pins_.rename(path);
}

Result<Enforcement> Enforcement::adopt(const EnforcementOptions& options) {
  auto pins = PinDir::open(pins_of(options.name));
  if (!pins) return pins.take_error();
  Enforcement gate(std::move(*pins));
  gate.mount_ = options.cgroup_mount;

  Fds maps;
  for (const char* name : kMapNames) {
    auto fd = gate.pins_.get(std::string("maps/") + name);
    if (!fd) return fd.take_error();
    maps.emplace(name, std::move(*fd));
  }
  auto memory = Memory::bind(std::move(maps));
  if (!memory) return memory.take_error();
  gate.memory_ = std::move(*memory);
  const auto flavors = gate.pins_.list("flavor");
  gate.flavor_ = flavors.empty() ? "" : flavors.front();

  auto root = Cgroup::open(options.cgroup_mount, root_of(options));
  if (!root) return root.take_error();
  gate.root_ = std::move(*root);
  if (gate.memory_.sessions[0].cgroup != gate.root_.id())
    return Error{ESTALE,
                 gate.root_.path() +
                     " is not the cgroup that this gate was made for; lift it and begin anew"};

  for (const std::string& name : gate.pins_.list("links")) {
    auto link = gate.pins_.get("links/" + name);
    if (!link) return link.take_error();
    gate.links_.emplace(name, std::move(*link));
  }
  auto object = Object::open(gate.flavor_ == "fast" ? Flavor::fast : Flavor::portable);
  if (!object) return object.take_error();
  if (auto chosen = object->choose_optional(); !chosen) return chosen.take_error();
  gate.programs_ = object->programs();
  for (const Program& program : gate.programs_) {
    const bool bound =
        program.kind == Program::Kind::cgroup || program.kind == Program::Kind::other;
    const bool wanted = program.kind != Program::Kind::other && !program.on_demand();
    if (wanted && gate.links_.find(program.name) == gate.links_.end())
      return Error{EPROTO, "the gate in force has no " + program.name + " at " + program.section +
                               ": end its sessions with the Gatehouse that began them"};
    if (!bound) continue;
    auto fd = gate.pins_.get("programs/" + program.name);
    if (!fd) return fd.take_error();
    gate.program_fds_.emplace(program.name, std::move(*fd));
  }
  return gate;
}

std::vector<std::string> Enforcement::attached() const {
  std::vector<std::string> names;
  for (const auto& [name, fd] : links_)
    names.push_back(name);
  return names;
}

Result<void> Enforcement::cover(const Cgroup& cgroup) {
  const bool sending = std::any_of(programs_.begin(), programs_.end(), [&](const Program& p) {
    return p.on_demand() && links_.find(p.name) != links_.end();
  });
  for (const Program& program : programs_) {
    if (program.kind != Program::Kind::cgroup || (program.on_demand() && !sending)) continue;
    const std::string name = link_name(program, cgroup.id());
    if (links_.find(name) != links_.end()) continue;
    auto attached = attach_cgroup(program, cgroup, name);
    if (attached) attached = pins_.pin(links_.at(name).get(), "links/" + name);
    if (!attached) {
      Error error = attached.take_error();
      if (auto undone = uncover(cgroup.id()); !undone) spdlog::warn("{}", undone.error().what);
      return error;
    }
  }
  return {};
}

Result<void> Enforcement::uncover(std::uint64_t cgroup_id) {
  for (const Program& program : programs_) {
    const std::string name = link_name(program, cgroup_id);
    if (program.kind != Program::Kind::cgroup || links_.find(name) == links_.end()) continue;
    if (auto gone = pins_.unpin("links/" + name); !gone) return gone;
    links_.erase(name);
  }
  return {};
}

Result<void> Enforcement::cover_sending() {
  std::set<std::uint64_t> covered;
  for (const auto& [name, fd] : links_)
    if (const auto dash = name.rfind('-'); dash != std::string::npos)
      covered.insert(std::stoull(name.substr(dash + 1)));
  for (const Program& program : programs_) {
    if (!program.on_demand()) continue;
    const auto attach = [&](const Cgroup& cgroup, std::uint64_t id) -> Result<void> {
      const std::string name = link_name(program, id);
      if (links_.find(name) != links_.end()) return {};
      if (auto attached = attach_cgroup(program, cgroup, name); !attached) return attached;
      return pins_.pin(links_.at(name).get(), "links/" + name);
    };
    if (auto attached = attach(root_, 0); !attached) return attached;
    for (const std::uint64_t id : covered) {
      auto cgroup = Cgroup::by_id(mount_, id);
      if (!cgroup) continue;  // removed: nothing can send from there
      if (auto attached = attach(*cgroup, id); !attached) return attached;
    }
  }
  return {};
}

Result<void> Enforcement::lift() {
  if (auto removed = pins_.remove(); !removed) return removed;
  links_.clear();
  program_fds_.clear();                 // the memory stays mapped for those who still read counters
  (void)root_.remove(Milliseconds(0));  // a process left in it is no longer anybody's: it may stay
  return {};
}

}  // namespace gatehouse::kernel
