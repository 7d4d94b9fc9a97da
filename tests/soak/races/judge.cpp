// SPDX-License-Identifier: Apache-2.0
// How a try is counted. It must never take an error for a denial that only looks like one.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include "race.h"

namespace gatehouse::soak {

double now() {
  timespec at = {};
  ::clock_gettime(CLOCK_MONOTONIC, &at);
  return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) / 1e9;
}

void stay_on_cpu(int number) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(number), &set);
  ::sched_setaffinity(0, sizeof set, &set);  // where there is one CPU alone, they take turns
}

bool Limit::more(const Tally& tally) const {
  if (tries != 0 && tally.tries >= tries) return false;
  return until == 0 || now() < until;
}

void count_error(Tally& tally, int error) {
  if (refused(error)) {
    tally.denied++;
  } else if (error == ENOENT || error == ENOTDIR || error == EEXIST) {
    tally.other++;
  } else {
    tally.broken++;
    tally.last_error = static_cast<std::uint64_t>(error);
  }
}

void count_open(Tally& tally, int fd) {
  if (fd < 0) return count_error(tally, errno);
  char first = 0;
  const auto size = ::read(fd, &first, 1);
  ::close(fd);
  if (size == 1 && first == 'o')
    tally.allowed++;
  else if (size == 1 && first == 's')
    tally.escaped++;
  else
    tally.broken++;
}

void count_steady(const Place& place, Tally& tally) {
  const int fd = ::open(place.open("steady").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    ::close(fd);
    tally.control++;
  } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
    tally.broken++;
  } else {
    tally.wrong++;
    tally.last_error = static_cast<std::uint64_t>(errno);
  }
}

void open_both(const Place& place, Tally& tally) {
  count_open(tally, ::open(place.shut("f").c_str(), O_RDONLY | O_CLOEXEC));
  count_steady(place, tally);
}

}  // namespace gatehouse::soak
