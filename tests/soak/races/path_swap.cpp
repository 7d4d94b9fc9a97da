// SPDX-License-Identifier: Apache-2.0
// The path in memory changes while the kernel is at it: between a name that may be read or changed and one
// that may not. What it changes must never be needed by another race.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flipper.h"
#include "race.h"

namespace gatehouse::soak {

void path_swap(const Place& place, const Limit& limit, Shared& shared) {
  Tally& tally = shared.tally;
  SwappedPath path(place.directory, "/f");
  const PathFlipper flipper(path);
  while (limit.more(tally)) {
    const auto before = flipper.moves();
    const int fd = ::openat(AT_FDCWD, path.text(), O_RDONLY | O_CLOEXEC);
    const auto after = flipper.moves();
    count_open(tally, fd);
    if (after != before) tally.raced++;
    count_steady(place, tally);
    tally.tries++;
  }
}

namespace {

int change(const char* path, std::uint64_t turn) {
  switch (turn % 4) {
    case 0: {
      const int fd = ::open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
      if (fd < 0) return -1;
      const bool so = ::write(fd, "x", 1) == 1;
      ::close(fd);
      return so ? 0 : -1;
    }
    case 1:
      return ::truncate(path, 4);
    case 2:
      return ::chmod(path, 0600);
    default: {
      const timespec times[2] = {{1, 0}, {1, 0}};
      return ::utimensat(AT_FDCWD, path, times, 0);
    }
  }
}

}  // namespace

// Which of the two was changed is seen by the runner alone: shut/kept must be as it was.
void path_change(const Place& place, const Limit& limit, Shared& shared) {
  Tally& tally = shared.tally;
  SwappedPath path(place.directory, "/kept");
  const PathFlipper flipper(path);
  while (limit.more(tally)) {
    const auto before = flipper.moves();
    const int done = change(path.text(), tally.tries);
    const int error = errno;
    if (flipper.moves() != before) tally.raced++;
    if (done == 0)
      tally.allowed++;
    else
      count_error(tally, error);
    count_steady(place, tally);
    tally.tries++;
  }
}

}  // namespace gatehouse::soak
