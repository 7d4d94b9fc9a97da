// SPDX-License-Identifier: Apache-2.0
// libbpf's object, opened from the bytes in our own binary.
// It must never go on with a constant or map that it did not find: the name would be our bug.
#include "kernel/object.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <cstring>

#include "kernel/libbpf_log.h"
#include "shared/abi.h"  // before the skeletons, which hold a gh_controls

#include "gatehouse_fast.skel.h"
#include "gatehouse_portable.skel.h"

namespace gatehouse::kernel {
namespace {

Result<UniqueFd> duplicate(int fd, const std::string& what) {
  UniqueFd copy(fd < 0 ? -1 : ::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!copy.valid()) return sys_error("cannot take " + what, fd < 0 ? -fd : errno);
  return copy;
}

// The running kernel's types, read once: it takes tens of milliseconds. Null: it has none.
const btf* kernel_types() {
  static const std::unique_ptr<btf, void (*)(btf*)> types(::btf__load_vmlinux_btf(), ::btf__free);
  return types.get();
}

// Where a variable lies in its section.
bool find_variable(const bpf_object* object, const char* section, const std::string& name,
                   std::uint32_t& offset, std::uint32_t& size) {
  const btf* types = ::bpf_object__btf(object);
  const int id = types == nullptr ? -1 : ::btf__find_by_name_kind(types, section, BTF_KIND_DATASEC);
  if (id < 0) return false;
  const btf_type* sec = ::btf__type_by_id(types, static_cast<__u32>(id));
  const btf_var_secinfo* variable = ::btf_var_secinfos(sec);
  for (int i = 0; i < ::btf_vlen(sec); i++, variable++) {
    const btf_type* type = ::btf__type_by_id(types, variable->type);
    if (name != ::btf__name_by_offset(types, type->name_off)) continue;
    offset = variable->offset;
    size = variable->size;
    return true;
  }
  return false;
}

}  // namespace

const char* flavor_name(Flavor flavor) { return flavor == Flavor::fast ? "fast" : "portable"; }

Program::Kind kind_of(std::string_view section) {
  if (section.starts_with("lsm/") || section.starts_with("lsm.s/")) return Program::Kind::lsm;
  if (section.starts_with("tp_btf/") || section.starts_with("fentry") ||
      section.starts_with("fexit") || section.starts_with("fmod_ret"))
    return Program::Kind::trace;
  if (section.starts_with("cgroup") || section.starts_with("lsm_cgroup/") || section == "sockops")
    return Program::Kind::cgroup;
  return Program::Kind::other;
}

std::string hook_of(std::string_view section) {
  const auto cut = section.find('/');
  return std::string(cut == std::string_view::npos ? section : section.substr(cut + 1));
}

void Object::Close::operator()(bpf_object* object) const { ::bpf_object__close(object); }

Result<Object> Object::open(Flavor flavor) {
  listen_to_libbpf();
  std::size_t size = 0;
  const void* bytes = flavor == Flavor::fast ? gatehouse_fast::elf_bytes(&size)
                                             : gatehouse_portable::elf_bytes(&size);
  bpf_object_open_opts options = {};
  options.sz = sizeof options;
  options.object_name = "gatehouse";
  Object object;
  object.object_.reset(::bpf_object__open_mem(bytes, size, &options));
  if (!object.object_)
    return sys_error(fmt::format("cannot open the {} BPF object", flavor_name(flavor)));
  bpf_program* program = nullptr;
  while ((program = ::bpf_object__next_program(object.object_.get(), program)) != nullptr) {
    Program one;
    one.name = ::bpf_program__name(program);
    one.section = ::bpf_program__section_name(program);
    one.optional = !::bpf_program__autoload(program);
    if (one.section.starts_with('?')) one.section.erase(0, 1);
    one.hook = hook_of(one.section);
    one.kind = kind_of(one.section);
    one.attach_type = static_cast<int>(::bpf_program__expected_attach_type(program));
    object.programs_.push_back(std::move(one));
  }
  return object;
}

bpf_program* Object::program(const std::string& name) const {
  return ::bpf_object__find_program_by_name(object_.get(), name.c_str());
}

Result<void> Object::set_constant(const std::string& name, const void* value, std::size_t size) {
  std::uint32_t offset = 0, length = 0;
  bpf_map* map = ::bpf_object__find_map_by_name(object_.get(), ".rodata");
  if (map == nullptr || !find_variable(object_.get(), ".rodata", name, offset, length))
    return Error{ENOENT, "the BPF object has no constant " + name};
  std::size_t room = 0;
  auto* data = static_cast<char*>(const_cast<void*>(::bpf_map__initial_value(map, &room)));
  if (length != size || data == nullptr || offset + size > room)
    return Error{EPROTO, "the BPF object's constant " + name + " has another size"};
  std::memcpy(data + offset, value, size);
  return {};
}

Result<void> Object::set_map_entries(const std::string& name, std::uint32_t entries) {
  bpf_map* map = ::bpf_object__find_map_by_name(object_.get(), name.c_str());
  if (map == nullptr) return Error{ENOENT, "the BPF object has no map " + name};
  if (const int error = ::bpf_map__set_max_entries(map, entries))
    return sys_error("cannot size map " + name, -error);
  return {};
}

void Object::load_program(const std::string& name, bool yes) {
  ::bpf_program__set_autoload(program(name), yes);
}

Result<void> Object::choose_optional() {
  if (std::none_of(programs_.begin(), programs_.end(), [](const Program& p) { return p.optional; }))
    return {};
  const btf* types = kernel_types();
  if (types == nullptr)
    return Error{
        ENOENT, "the kernel has no type information (BTF): /sys/kernel/btf/vmlinux cannot be read"};
  std::erase_if(programs_, [&](const Program& p) {
    if (!p.optional) return false;
    int found = -1;
    if (p.kind == Program::Kind::lsm)
      found = ::btf__find_by_name_kind(types, ("bpf_lsm_" + p.hook).c_str(), BTF_KIND_FUNC);
    else if (p.section.starts_with("tp_btf/"))
      found = ::btf__find_by_name_kind(types, ("btf_trace_" + p.hook).c_str(), BTF_KIND_TYPEDEF);
    else
      found = 0;  // nothing to look for: whoever marked it wants it tried
    load_program(p.name, found >= 0);
    return found < 0;
  });
  return {};
}

Result<void> Object::load() {
  take_libbpf_warnings();
  const int error = ::bpf_object__load(object_.get());
  log_ = take_libbpf_warnings();
  if (error == 0) return {};
  const std::string name = failed_program(log_);
  std::string what =
      "cannot load " + (name.empty() ? std::string("the BPF programs") : "the BPF program " + name);
  what += std::string(": ") + std::strerror(-error);
  if (const std::string tail = verifier_tail(log_, 3); !tail.empty())
    what += " (verifier: " + tail + ")";
  return Error{-error, what};
}

Result<UniqueFd> Object::map_fd(const std::string& name) const {
  const std::string known = name == "gh_controls" ? ".data.controls" : name;
  const bpf_map* map = ::bpf_object__find_map_by_name(object_.get(), known.c_str());
  if (map == nullptr) return Error{ENOENT, "the BPF object has no map " + name};
  return duplicate(::bpf_map__fd(map), "map " + name);
}

Result<UniqueFd> Object::program_fd(const std::string& name) const {
  return duplicate(::bpf_program__fd(program(name)), "program " + name);
}

Result<UniqueFd> Object::attach(const std::string& name) const {
  const bpf_program* found = program(name);
  bpf_link* link = ::bpf_program__type(found) == BPF_PROG_TYPE_LSM
                       ? ::bpf_program__attach_lsm(found)
                       : ::bpf_program__attach_trace(found);
  if (link == nullptr) return sys_error("cannot attach " + name);
  auto fd = duplicate(::bpf_link__fd(link), "link " + name);
  ::bpf_link__destroy(link);  // closes libbpf's descriptor; the kernel's link stays with ours
  return fd;
}

std::uint32_t slots_for(int cpus) {
  std::uint32_t slots = 64;
  while (slots < 2 * static_cast<std::uint32_t>(std::max(cpus, 1)))
    slots *= 2;
  return slots;
}

unsigned hook_arguments(const std::string& hook) {
  const btf* types = kernel_types();
  if (types == nullptr) return 0;
  const int id = ::btf__find_by_name_kind(types, ("bpf_lsm_" + hook).c_str(), BTF_KIND_FUNC);
  if (id <= 0) return 0;
  const btf_type* function = ::btf__type_by_id(types, static_cast<__u32>(id));
  return ::btf_vlen(::btf__type_by_id(types, function->type));
}

Result<void> prepare(Object& object, const Constants& constants) {
  const int cpus = ::libbpf_num_possible_cpus();
  if (cpus < 0) return sys_error("cannot count CPUs", -cpus);
  const std::uint32_t slots = slots_for(cpus), mask = slots - 1;
  std::uint64_t secret[2];
  if (::getrandom(secret, sizeof secret, 0) != sizeof secret)
    return sys_error("cannot get random bytes");
  if (auto set = object.set_constant("gh_root_id", &constants.root_id, 8); !set) return set;
  if (auto set = object.set_constant("gh_root_level", &constants.root_level, 4); !set) return set;
  if (auto set = object.set_constant("gh_slot_mask", &mask, 4); !set) return set;
  if (auto set = object.set_constant("gh_secret", secret, sizeof secret); !set) return set;
  const std::uint32_t idmap = hook_arguments("inode_setattr") == 3;
  if (auto set = object.set_constant("gh_setattr_idmap", &idmap, 4); !set) return set;
  return object.set_map_entries("gh_slots", slots);
}

}  // namespace gatehouse::kernel
