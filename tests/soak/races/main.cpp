// SPDX-License-Identifier: Apache-2.0
// The soak program: one race or load, in the place and for the time that the runner names. It must never be
// started outside of the VM: bare, it does what it tries.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "race.h"

namespace gatehouse::soak {

const std::vector<Race>& races() {
  static const std::vector<Race> all = {{"path-swap", path_swap},
                                        {"path-change", path_change},
                                        {"connect-swap", connect_swap},
                                        {"send-swap", send_swap},
                                        {"unix-swap", unix_swap},
                                        {"exec-swap", exec_swap},
                                        {"exec-loop", exec_loop},
                                        {"symlink-flip", symlink_flip},
                                        {"rename-storm", rename_storm},
                                        {"parent-move", parent_move},
                                        {"link-storm", link_storm},
                                        {"directory-storm", directory_storm},
                                        {"mixed", mixed},
                                        {"steady", steady},
                                        {"steady-asks", steady_asks},
                                        {"flood", flood},
                                        {"forks", forks},
                                        {"askers", askers},
                                        {"holds", holds},
                                        {"eaters", eaters}};
  return all;
}

namespace {

int usage() {
  std::fputs("usage: soak PLACE TALLY PORT SHUT-PORT TRIES SECONDS RACE\n", stderr);
  for (const auto& race : races())
    std::fprintf(stderr, "  %s\n", race.name);
  return 2;
}

Shared* shared_at(const char* path) {
  const int fd = ::open(path, O_RDWR | O_CLOEXEC);
  void* at = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (fd < 0 || at == MAP_FAILED) {
    std::perror(path);
    std::exit(2);
  }
  ::close(fd);
  return static_cast<Shared*>(at);
}

int start(int argc, char** argv) {
  // Only in the overlay of scripts/vm does this file exist.
  if (argc != 8 || ::access("/run/gatehouse-vm", F_OK) != 0) return usage();
  const Place place = {argv[1], static_cast<unsigned>(std::atoi(argv[3])),
                       static_cast<unsigned>(std::atoi(argv[4]))};
  Shared& shared = *shared_at(argv[2]);
  Limit limit;
  limit.tries = std::strtoull(argv[5], nullptr, 10);
  limit.until = std::strtod(argv[6], nullptr);
  if (limit.until > 0) limit.until += now();
  ::signal(SIGPIPE, SIG_IGN);
  for (const auto& race : races()) {
    if (std::strcmp(race.name, argv[7]) != 0) continue;
    race.run(place, limit, shared);
    std::puts("DONE");
    return 0;
  }
  return usage();
}

}  // namespace
}  // namespace gatehouse::soak

int main(int argc, char** argv) { return gatehouse::soak::start(argc, argv); }
