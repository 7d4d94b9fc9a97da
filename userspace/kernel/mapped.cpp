// SPDX-License-Identifier: Apache-2.0
// mmap of BPF arrays, after a look at their shape.
// It must never map an array whose elements would not lie where ours do.
#include "kernel/mapped.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/map.h"

namespace gatehouse::kernel {

Result<RawMapping> map_array(int fd, const std::string& name, std::size_t element) {
  auto shape = shape_of(fd);
  if (!shape) return shape.take_error().because("mapping " + name);
  if (shape->type != BPF_MAP_TYPE_ARRAY || (shape->flags & BPF_F_MMAPABLE) == 0)
    return Error{EPROTO, fmt::format("map {} cannot be mapped into memory", name)};
  if (shape->value_size % 8 != 0 || shape->value_size % element != 0)
    return Error{EPROTO,
                 fmt::format("map {} has values of {} bytes, expected a multiple of {}: it was "
                             "made by another version of Gatehouse",
                             name, shape->value_size, element)};
  RawMapping raw;
  raw.bytes = static_cast<std::size_t>(shape->value_size) * shape->max_entries;
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  raw.length = (raw.bytes + page - 1) / page * page;
  raw.address = ::mmap(nullptr, raw.length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (raw.address == MAP_FAILED) return sys_error("cannot map " + name + " into memory");
  return raw;
}

void unmap_array(const RawMapping& mapping) {
  if (mapping.address != nullptr) ::munmap(mapping.address, mapping.length);
}

}  // namespace gatehouse::kernel
