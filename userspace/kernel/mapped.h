// SPDX-License-Identifier: Apache-2.0
// The elements of a BPF array as our own memory: what we store there, hooks read at once.
// It must never outlive its use by a copy: moving is all, and going only unmaps, never frees the map.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "base/result.h"

namespace gatehouse::kernel {

// Address and length of a mapped array; `element` must divide the array's value size, and values must
// lie without gaps (the kernel rounds them up to 8 bytes).
struct RawMapping {
  void* address = nullptr;
  std::size_t bytes = 0;   // of elements
  std::size_t length = 0;  // of the mapping
};
Result<RawMapping> map_array(int fd, const std::string& name, std::size_t element);
void unmap_array(const RawMapping& mapping);

template <typename T>
class Mapped {
 public:
  Mapped() = default;
  Mapped(Mapped&& other) noexcept : raw_(std::exchange(other.raw_, {})) {}
  Mapped& operator=(Mapped&& other) noexcept {
    if (this != &other) {
      unmap_array(raw_);
      raw_ = std::exchange(other.raw_, {});
    }
    return *this;
  }
  ~Mapped() { unmap_array(raw_); }

  static Result<Mapped> map(int fd, const std::string& name) {
    auto raw = map_array(fd, name, sizeof(T));
    if (!raw) return raw.take_error();
    Mapped mapped;
    mapped.raw_ = *raw;
    return mapped;
  }

  [[nodiscard]] std::span<T> all() const {
    return {static_cast<T*>(raw_.address), raw_.bytes / sizeof(T)};
  }
  T& operator[](std::size_t i) const { return static_cast<T*>(raw_.address)[i]; }
  [[nodiscard]] std::size_t size() const { return raw_.bytes / sizeof(T); }

 private:
  RawMapping raw_;
};

}  // namespace gatehouse::kernel
