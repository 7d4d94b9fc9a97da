// SPDX-License-Identifier: Apache-2.0
// Several races at once, and directories that come and go while several processes open files in them. What
// each process counts must reach the one tally.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "race.h"

namespace gatehouse::soak {

void mixed(const Place& place, const Limit& limit, Shared& shared) {
  std::vector<pid_t> children;
  // Those whose tally others may share; parent-move and exec-loop need the runner or the whole tally.
  for (const auto run : {path_swap, connect_swap, send_swap, unix_swap, exec_swap, symlink_flip,
                         rename_storm, link_storm}) {
    const pid_t child = ::fork();
    if (child == 0) {
      run(place, limit, shared);
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    if (::waitpid(child, &status, 0) != child || status != 0) shared.tally.broken++;
  }
}

namespace {

void churn(const Place& place, const Limit& limit, Tally& tally) {
  const std::string own = place.at("churn-" + std::to_string(::getpid())), next = own + "-next";
  while (limit.more(tally)) {
    ::mkdir(own.c_str(), 0700);
    ::mkdir((own + "/p").c_str(), 0700);
    const std::string f = own + "/p/f", secret = own + "/p/.env";
    const int made = ::open(f.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (made < 0 || ::write(made, "open\n", 5) != 5) {
      if (refused(errno)) tally.wrong++;
    }
    ::close(made);
    const int denied = ::open(secret.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (denied >= 0) {
      ::close(denied);
      ::unlink(secret.c_str());
      tally.escaped++;
    } else if (refused(errno)) {
      tally.denied++;
    }
    ::rename(own.c_str(), next.c_str());
    ::rename((next + "/p/f").c_str(), (next + "/f").c_str());
    ::rmdir((next + "/p").c_str());
    ::unlink((next + "/f").c_str());
    ::rmdir(next.c_str());
    count_steady(place, tally);
    tally.tries++;
  }
}

// Opens what the others make, by every name that it may have at this moment.
void open_all(const Place& place, const Limit& limit, Tally& tally,
              const std::vector<pid_t>& makers) {
  while (limit.more(tally))
    for (const pid_t maker : makers) {
      const std::string own = place.at("churn-" + std::to_string(maker));
      for (const auto& name : {own + "/p/f", own + "-next/p/f", own + "-next/f"}) {
        const int fd = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
          tally.other++;
          continue;
        }
        tally.allowed++;
        tally.raced++;
        ::close(fd);
      }
    }
}

}  // namespace

void directory_storm(const Place& place, const Limit& limit, Shared& shared) {
  std::vector<pid_t> makers, all;
  for (int i = 0; i < 5; i++) {
    const pid_t child = ::fork();
    if (child == 0) {
      if (i < 3)
        churn(place, limit, shared.tally);
      else
        open_all(place, limit, shared.tally, makers);
      ::_exit(0);
    }
    if (i < 3) makers.push_back(child);
    all.push_back(child);
  }
  for (const pid_t child : all) {
    int status = 0;
    if (::waitpid(child, &status, 0) != child || status != 0) shared.tally.broken++;
  }
}

}  // namespace gatehouse::soak
