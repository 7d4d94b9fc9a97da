// SPDX-License-Identifier: Apache-2.0
// The ring without a library: one entry in, one out. It must never hide why it could not be made.
#include "support/io_uring.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

namespace gatehouse::testing {

int by_io_uring(const std::function<void(io_uring_sqe&)>& fill) {
  io_uring_params params = {};
  const int ring = static_cast<int>(::syscall(SYS_io_uring_setup, 4, &params));
  if (ring < 0) return errno;
  const std::size_t size = params.cq_off.cqes + params.cq_entries * sizeof(io_uring_cqe);
  const int shared = MAP_SHARED | MAP_POPULATE, both = PROT_READ | PROT_WRITE;
  auto* rings = static_cast<char*>(::mmap(nullptr, size, both, shared, ring, IORING_OFF_SQ_RING));
  auto* entries = static_cast<io_uring_sqe*>(::mmap(
      nullptr, params.sq_entries * sizeof(io_uring_sqe), both, shared, ring, IORING_OFF_SQES));
  if (rings == MAP_FAILED || entries == MAP_FAILED) return errno;
  entries[0] = {};
  fill(entries[0]);
  const auto word = [&](std::uint32_t offset) {
    return reinterpret_cast<std::atomic<std::uint32_t>*>(rings + offset);
  };
  reinterpret_cast<std::uint32_t*>(rings + params.sq_off.array)[0] = 0;
  word(params.sq_off.tail)->fetch_add(1);
  if (::syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, nullptr, 0) < 0)
    return errno;
  if (word(params.cq_off.head)->load() == word(params.cq_off.tail)->load()) return ENODATA;
  const auto* done = reinterpret_cast<io_uring_cqe*>(rings + params.cq_off.cqes);
  return done->res < 0 ? -done->res : 0;
}

}  // namespace gatehouse::testing
