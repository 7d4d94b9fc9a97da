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
  // Takes everything that is there; how many records.
  Result<unsigned> consume();

 private:
  struct Free {
    void operator()(ring_buffer* ring) const;
  };
  std::unique_ptr<Take> take_;  // at an address that libbpf may keep
  std::unique_ptr<ring_buffer, Free> ring_;
};

}  // namespace gatehouse::kernel
