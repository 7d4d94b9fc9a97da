// SPDX-License-Identifier: Apache-2.0
// Askers with a second thread, killed at random while they wait: what the invisible hold has to bear. An asker must
// never end by itself before the runner has seen enough, so that who hangs is found.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <thread>

#include "race.h"

namespace gatehouse::soak {
namespace {

constexpr int kAskers = 8;

// The runner allows what is called yes, and denies what is called no.
void ask(const Place& place, const char* word, int number, Tally& tally) {
  const bool yes = word[0] == 'y';
  const std::string path = place.at(std::string("asks/") + word + "-" + std::to_string(number));
  tally.waiting++;
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0) {
    ::close(fd);
    (yes ? tally.allowed : tally.escaped)++;
  } else if (refused(errno)) {
    (yes ? tally.wrong : tally.other)++;
  } else {
    tally.broken++;
    tally.last_error = static_cast<std::uint64_t>(errno);
  }
  tally.tries++;
}

[[noreturn]] void ask_on(const Place& place, int number, Shared& shared) {
  std::thread([&] {
    for (;;) {
      open_both(place, shared.tally);
      ::usleep(20'000);
    }
  }).detach();
  while (!shared.enough) {
    ask(place, "yes", number, shared.tally);
    ask(place, "no", number, shared.tally);
  }
  ::_exit(0);
}

pid_t start(const Place& place, int number, Shared& shared) {
  const pid_t child = ::fork();
  if (child == 0) ask_on(place, number, shared);
  shared.tally.tasks++;
  return child;
}

}  // namespace

// raced: askers that were killed. wrong: allowed, and refused all the same. other: denied, and refused.
void holds(const Place& place, const Limit&, Shared& shared) {
  Tally& tally = shared.tally;
  std::mt19937 engine(std::random_device{}());
  pid_t askers[kAskers];
  for (int i = 0; i < kAskers; i++)
    askers[i] = start(place, i, shared);
  while (!shared.enough) {
    open_both(place, tally);
    ::usleep(static_cast<useconds_t>(engine() % 100'000));
    if (engine() % 8 != 0) continue;
    const int number = static_cast<int>(engine() % kAskers);
    ::kill(askers[number], SIGKILL);
    int status = 0;
    if (::waitpid(askers[number], &status, 0) != askers[number] || !WIFSIGNALED(status))
      tally.broken++;
    tally.raced++;
    askers[number] = start(place, number, shared);
  }
  for (const pid_t asker : askers) {
    int status = 0;
    if (::waitpid(asker, &status, 0) != asker || status != 0) tally.broken++;
  }
}

}  // namespace gatehouse::soak
