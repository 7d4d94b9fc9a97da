// SPDX-License-Identifier: Apache-2.0
// Asks the kernel what a map looks like and compares it with what we were compiled for.
// It must never let a map of another layout be used: every read of it would be a wrong number.
#include "kernel/map.h"

#include <fmt/format.h>

namespace gatehouse::kernel {

Result<MapShape> shape_of(int fd) {
  bpf_map_info info = {};
  __u32 length = sizeof info;
  if (::bpf_obj_get_info_by_fd(fd, &info, &length) != 0)
    return sys_error("cannot inspect a BPF map");
  MapShape shape;
  shape.type = info.type;
  shape.key_size = info.key_size;
  shape.value_size = info.value_size;
  shape.max_entries = info.max_entries;
  shape.flags = info.map_flags;
  shape.id = info.id;
  shape.name = info.name;
  return shape;
}

Result<MapShape> check_shape(int fd, const std::string& name, std::size_t key, std::size_t value) {
  auto shape = shape_of(fd);
  if (!shape) return shape.take_error();
  if (shape->key_size != key || shape->value_size != value)
    return Error{EPROTO,
                 fmt::format("map {} has keys of {} and values of {} bytes, expected {} and {}: "
                             "it was made by another version of Gatehouse",
                             name, shape->key_size, shape->value_size, key, value)};
  return shape;
}

}  // namespace gatehouse::kernel
