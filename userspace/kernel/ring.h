// SPDX-License-Identifier: Apache-2.0
// The reading end of a ring buffer: records as the kernel wrote them, in order, each once.
// It must never be opened twice for one ring: each reader would see half.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include "base/result.h"

struct ring_buffer;

namespace gatehouse::kernel {

class Ring {
 public:
  // Must not throw. The bytes are gone when it returns.
  using Take = std::function<void(std::span<const std::byte>)>;

  // gh_asked wakes its reader for each record; gh_events only when it fills: read that by a timer, too.
  static Result<Ring> open(int map, Take take);

  // Readable when there may be something: for epoll.
  [[nodiscard]] int fd() const;
  // Takes what was there when it began, and little more: who fills it faster than we read it must not keep us
  // here. How many records.
  Result<unsigned> consume();

 private:
  struct Free {
    void operator()(ring_buffer* ring) const;
  };
  struct Reading {
    Take take;
    unsigned taken = 0;
    unsigned most = 0;  // so many fit in
  };
  static int take_one(void* context, void* data, std::size_t size) noexcept;

  std::unique_ptr<Reading> reading_;  // at an address that libbpf may keep
  std::unique_ptr<ring_buffer, Free> ring_;
};

}  // namespace gatehouse::kernel
