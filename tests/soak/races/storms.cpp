// SPDX-License-Identifier: Apache-2.0
// Names that move while they are looked up: symlinks that are flipped, directories that are renamed by the
// session itself or from outside. A storm must never move the names of the control.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flipper.h"
#include "race.h"

namespace gatehouse::soak {
namespace {

std::string own(const Place& place, const std::string& name) {
  const std::string path = place.at(name + "-" + std::to_string(::getpid()));
  ::mkdir(path.c_str(), 0700);
  return path;
}

}  // namespace

void symlink_flip(const Place& place, const Limit& limit, Shared& shared) {
  Tally& tally = shared.tally;
  const std::string folder = own(place, "flip"), link = folder + "/link", fresh = folder + "/new";
  const std::string open = place.at("open"), shut = place.at("shut");
  if (::symlink(open.c_str(), link.c_str()) != 0) tally.broken++;
  const Mover mover([=](bool turn) {
    if (::symlink((turn ? open : shut).c_str(), fresh.c_str()) == 0)
      ::rename(fresh.c_str(), link.c_str());
  });
  const std::string name = link + "/f",
                    twice = link + "/../flip-" + std::to_string(::getpid()) + "/link/f";
  while (limit.more(tally)) {
    const auto before = mover.moves();
    const int fd = ::open((tally.tries % 2 == 0 ? name : twice).c_str(), O_RDONLY | O_CLOEXEC);
    const auto after = mover.moves();
    count_open(tally, fd);
    if (after != before) tally.raced++;
    count_steady(place, tally);
    tally.tries++;
  }
}

// The session moves a directory whose names are judged alike in both places: p/f may be read, p/.env not.
void rename_storm(const Place& place, const Limit& limit, Shared& shared) {
  Tally& tally = shared.tally;
  const std::string here = place.at("storm/here"), there = place.at("storm/there");
  const Mover mover(
      [=](bool turn) { ::rename((turn ? there : here).c_str(), (turn ? here : there).c_str()); });
  while (limit.more(tally)) {
    const auto before = mover.moves();
    const std::string& at = tally.tries % 2 == 0 ? here : there;
    const int secret_fd = ::open((at + "/p/.env").c_str(), O_RDONLY | O_CLOEXEC);
    const auto after = mover.moves();
    count_open(tally, secret_fd);
    if (after != before) tally.raced++;
    const int fd = ::open((at + "/p/f").c_str(), O_RDONLY | O_CLOEXEC);
    const int error = errno;
    if (fd >= 0) {
      ::close(fd);
      tally.allowed++;
    } else if (refused(error)) {
      tally.wrong++;
      tally.last_error = static_cast<std::uint64_t>(error);
    }
    count_steady(place, tally);
    tally.tries++;
  }
}

// The runner moves the directory from outside, to where its names are denied and back. A try counts by the
// place only if nothing moved between its beginning and its end.
void parent_move(const Place& place, const Limit& limit, Shared& shared) {
  Tally& tally = shared.tally;
  const Moves& moves = shared.moves;
  int directory = -1;
  while (directory < 0) {
    directory = ::open(place.open("x/p").c_str(), O_PATH | O_CLOEXEC);
    if (directory < 0) directory = ::open(place.shut("x/p").c_str(), O_PATH | O_CLOEXEC);
    if (directory < 0 && !limit.more(tally)) return;
  }
  while (limit.more(tally)) {
    const auto before = moves.sequence.load();
    const auto is_shut = moves.shut.load();
    const int turn = static_cast<int>(tally.tries % 3);
    const int fd =
        turn == 0
            ? ::open((is_shut != 0 ? place.shut("x/p/f") : place.open("x/p/f")).c_str(), O_RDONLY)
            : ::openat(directory, turn == 1 ? "f" : "../p/f", O_RDONLY);
    const int error = errno;
    const bool still = moves.sequence.load() == before && before % 2 == 0;
    if (fd >= 0) ::close(fd);
    if (!still) {
      tally.raced++;
      if (fd < 0 && !refused(error) && error != ENOENT) tally.broken++;
    } else if (fd >= 0) {
      (is_shut != 0 ? tally.escaped : tally.allowed)++;
    } else if (refused(error)) {
      (is_shut != 0 ? tally.denied : tally.wrong)++;
    } else {
      tally.broken++;
      tally.last_error = static_cast<std::uint64_t>(error);
    }
    count_steady(place, tally);
    tally.tries++;
  }
  ::close(directory);
}

}  // namespace gatehouse::soak
