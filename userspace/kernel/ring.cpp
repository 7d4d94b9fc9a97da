// SPDX-License-Identifier: Apache-2.0
// libbpf's ring buffer reader.
// It must never let an exception pass through libbpf's frames.
#include "kernel/ring.h"

#include <bpf/libbpf.h>

#include <cerrno>

namespace gatehouse::kernel {
namespace {

int take_one(void* context, void* data, std::size_t size) noexcept {
  (*static_cast<Ring::Take*>(context))({static_cast<const std::byte*>(data), size});
  return 0;
}

}  // namespace

void Ring::Free::operator()(ring_buffer* ring) const { ::ring_buffer__free(ring); }

Result<Ring> Ring::open(int map, Take take) {
  Ring ring;
  ring.take_ = std::make_unique<Take>(std::move(take));
  ring.ring_.reset(::ring_buffer__new(map, take_one, ring.take_.get(), nullptr));
  if (!ring.ring_) return sys_error("cannot open a ring buffer");
  return ring;
}

int Ring::fd() const { return ::ring_buffer__epoll_fd(ring_.get()); }

Result<unsigned> Ring::consume() {
  const int n = ::ring_buffer__consume(ring_.get());
  if (n < 0) return sys_error("cannot read a ring buffer", -n);
  return static_cast<unsigned>(n);
}

}  // namespace gatehouse::kernel
