// SPDX-License-Identifier: Apache-2.0
// The clocks behind time.h. It must never depend on the time zone or the locale.
#include "events/time.h"

#include <ctime>

namespace gatehouse::events {
namespace {

std::int64_t read_clock(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

std::int64_t wall_minus_boot() {
  // The wall clock is read between two readings of the other, so that being preempted costs little.
  const std::int64_t before = read_clock(CLOCK_BOOTTIME);
  const std::int64_t wall = read_clock(CLOCK_REALTIME);
  const std::int64_t after = read_clock(CLOCK_BOOTTIME);
  return wall - (before + (after - before) / 2);
}

std::int64_t wall_now() { return read_clock(CLOCK_REALTIME); }

}  // namespace gatehouse::events
