// SPDX-License-Identifier: Apache-2.0
// A map of maps for the kernel to wait on, and a look at the slots for the hooks that sleep.
// It must never take a slot for free that it could not read.
#include "kernel/grace.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <fmt/format.h>

#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace gatehouse::kernel {
namespace {

constexpr auto kLimit = std::chrono::seconds(5);

// Where a member of the map's value type lies, from the types that the kernel keeps with the map: slots
// are the BPF side's own business and have no layout in abi.h.
Result<std::size_t> member_offset(int map, const char* member) {
  bpf_map_info info = {};
  __u32 length = sizeof info;
  if (::bpf_obj_get_info_by_fd(map, &info, &length) != 0)
    return sys_error("cannot inspect a BPF map");
  const std::unique_ptr<btf, void (*)(btf*)> types(::btf__load_from_kernel_by_id(info.btf_id),
                                                   ::btf__free);
  if (!types) return sys_error("cannot read the types of a BPF map");
  const btf_type* type = ::btf__type_by_id(types.get(), info.btf_value_type_id);
  if (type == nullptr || !::btf_is_struct(type)) return Error{EPROTO, "the slots are no struct"};
  const btf_member* m = ::btf_members(type);
  for (int i = 0; i < ::btf_vlen(type); i++, m++)
    if (std::strcmp(::btf__name_by_offset(types.get(), m->name_off), member) == 0)
      return m->offset / 8;
  return Error{ENOENT, fmt::format("the slots have no member {}", member)};
}

}  // namespace

Result<Grace> Grace::make() {
  Grace grace;
  grace.inner_.reset(::bpf_map_create(BPF_MAP_TYPE_ARRAY, "gh_grace_inner", 4, 4, 1, nullptr));
  if (!grace.inner_.valid()) return sys_error("cannot make a BPF map");
  bpf_map_create_opts options = {};
  options.sz = sizeof options;
  options.inner_map_fd = static_cast<__u32>(grace.inner_.get());
  grace.outer_.reset(::bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "gh_grace", 4, 4, 1, &options));
  if (!grace.outer_.valid()) return sys_error("cannot make a BPF map of maps");
  return grace;
}

Result<void> Grace::wait() const {
  const std::uint32_t key = 0;
  const int value = inner_.get();
  if (::bpf_map_update_elem(outer_.get(), &key, &value, BPF_ANY) == 0) return {};
  return sys_error("cannot wait for running hooks");
}

Result<void> Grace::wait(const Memory& memory, std::uint32_t policy) const {
  if (auto waited = wait(); !waited) return waited;
  const int slots = memory.fd("gh_slots");
  auto shape = shape_of(slots);
  if (!shape) return shape.take_error();
  auto owner_at = member_offset(slots, "owner");
  auto policy_at = member_offset(slots, "policy");
  if (!owner_at) return owner_at.take_error();
  if (!policy_at) return policy_at.take_error();
  std::vector<char> slot(shape->value_size);
  const auto end = std::chrono::steady_clock::now() + kLimit;
  for (std::uint32_t i = 0; i < shape->max_entries;) {
    if (::bpf_map_lookup_elem(slots, &i, slot.data()) != 0)
      return sys_error("cannot read the slots");
    std::uint64_t owner = 0;
    std::uint32_t used = 0;
    std::memcpy(&owner, slot.data() + *owner_at, sizeof owner);
    std::memcpy(&used, slot.data() + *policy_at, sizeof used);
    // A slot reads its session's policy after it is leased: one leased from now on never sees the old one.
    if (owner == 0 || used != policy) {
      i++;
      continue;
    }
    if (std::chrono::steady_clock::now() >= end)
      return Error{ETIMEDOUT, fmt::format("a hook still uses policy slot {}", policy)};
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return {};
}

}  // namespace gatehouse::kernel
