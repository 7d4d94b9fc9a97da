// SPDX-License-Identifier: Apache-2.0
// Hard links and renames whose ends change while the kernel is at them: the content of shut/f must not come
// to a name that may be read. It must never remove a name that the runner laid.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "flipper.h"
#include "race.h"

namespace gatehouse::soak {

void link_storm(const Place& place, const Limit& limit, Shared& shared) {
  Tally& tally = shared.tally;
  const std::string tail = "-" + std::to_string(::getpid());
  SwappedPath from(place.directory, "/f");
  SwappedPath to(place.directory, "/n" + tail);
  const PathFlipper flipper(from), other(to);
  const std::string name = place.open("n" + tail), next = place.open("m" + tail),
                    copy = place.open("copy" + tail), steady = place.open("steady");
  while (limit.more(tally)) {
    const auto before = flipper.moves();
    // From a name that flips, or to one that does, or both.
    const auto turn = tally.tries % 3;
    const std::string shut = place.shut("f");
    const int done = turn == 0   ? ::link(from.text(), name.c_str())
                     : turn == 1 ? ::link(shut.c_str(), to.text())
                                 : ::link(from.text(), to.text());
    const int error = errno;
    if (flipper.moves() != before) tally.raced++;
    if (done != 0) count_error(tally, error);
    ::rename(to.text(), next.c_str());
    for (const auto& one : {name, next}) {
      const int fd = ::open(one.c_str(), O_RDONLY | O_CLOEXEC);
      if (fd >= 0) count_open(tally, fd);
      ::unlink(one.c_str());
    }
    const bool so = ::link(steady.c_str(), copy.c_str()) == 0;
    if (!so) tally.last_error = static_cast<std::uint64_t>(errno);
    (so ? tally.control : tally.wrong)++;
    ::unlink(copy.c_str());
    tally.tries++;
  }
}

}  // namespace gatehouse::soak
