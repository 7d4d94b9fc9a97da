// SPDX-License-Identifier: Apache-2.0
// Calendar and clocks behind time.h. It must never depend on the time zone or the locale.
#include "events/time.h"

#include <chrono>
#include <cstdio>
#include <ctime>

namespace gatehouse::events {
namespace {

std::int64_t read_clock(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

std::string rfc3339(std::int64_t ns) {
  using namespace std::chrono;
  std::int64_t whole = ns / 1'000'000'000;  // by hand: floor<> overflows at the range's lower end
  std::int64_t rest = ns % 1'000'000'000;
  if (rest < 0) {
    rest += 1'000'000'000;
    --whole;
  }
  const sys_seconds second{seconds{whole}};
  const auto day = floor<days>(second);
  const year_month_day date{day};
  const hh_mm_ss clock{second - day};
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%09lldZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<long long>(rest));
  return text;
}

std::optional<std::int64_t> from_rfc3339(const std::string& text) {
  std::tm parts = {};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  std::int64_t nanoseconds = 0, digit = 100'000'000;
  if (*rest == '.')
    for (rest++; *rest >= '0' && *rest <= '9'; rest++, digit /= 10)
      nanoseconds += (*rest - '0') * digit;
  const auto seconds = static_cast<std::int64_t>(::timegm(&parts));
  if (seconds < 0 || seconds >= INT64_MAX / 1'000'000'000) return std::nullopt;  // 1970 to 2262
  return seconds * 1'000'000'000 + nanoseconds;
}

std::int64_t wall_minus_boot() {
  // The wall clock is read between two readings of the other, so that being preempted costs little.
  const std::int64_t before = read_clock(CLOCK_BOOTTIME);
  const std::int64_t wall = read_clock(CLOCK_REALTIME);
  const std::int64_t after = read_clock(CLOCK_BOOTTIME);
  return wall - (before + (after - before) / 2);
}

std::int64_t wall_now() { return read_clock(CLOCK_REALTIME); }

}  // namespace gatehouse::events
