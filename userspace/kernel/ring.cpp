// SPDX-License-Identifier: Apache-2.0
// libbpf's ring buffer reader.
// It must never let an exception pass through libbpf's frames.
#include "kernel/ring.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>

#include "shared/abi.h"

namespace gatehouse::kernel {

// libbpf goes on for as long as there is more. An error ends it, behind the record that was just taken.
int Ring::take_one(void* context, void* data, std::size_t size) noexcept {
  auto& reading = *static_cast<Reading*>(context);
  reading.take({static_cast<const std::byte*>(data), size});
  return ++reading.taken < reading.most ? 0 : -ECANCELED;
}

void Ring::Free::operator()(ring_buffer* ring) const { ::ring_buffer__free(ring); }

Result<Ring> Ring::open(int map, Take take) {
  Ring ring;
  bpf_map_info info = {};
  std::uint32_t size = sizeof(info);
  if (::bpf_obj_get_info_by_fd(map, &info, &size) != 0)
    return sys_error("cannot ask for the size of a ring buffer");
  ring.reading_ = std::make_unique<Reading>();
  ring.reading_->take = std::move(take);
  ring.reading_->most = info.max_entries / static_cast<std::uint32_t>(sizeof(gh_event)) + 1;
  ring.ring_.reset(::ring_buffer__new(map, take_one, ring.reading_.get(), nullptr));
  if (!ring.ring_) return sys_error("cannot open a ring buffer");
  return ring;
}

int Ring::fd() const { return ::ring_buffer__epoll_fd(ring_.get()); }

Result<unsigned> Ring::consume() {
  reading_->taken = 0;
  const int n = ::ring_buffer__consume(ring_.get());
  if (n < 0 && n != -ECANCELED) return sys_error("cannot read a ring buffer", -n);
  return reading_->taken;
}

}  // namespace gatehouse::kernel
