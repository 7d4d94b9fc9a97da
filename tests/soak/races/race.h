// SPDX-License-Identifier: Apache-2.0
// What every race and load of the soak program shares: where it plays, how long, and what it counts. A race
// must never count as denied, nor as allowed, what it did not see happen.
#pragma once

#include <errno.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::soak {

// In a file that the runner maps too, so that it sees how far a race is that it has to end by force.
struct Tally {
  std::atomic<std::uint64_t> tries;
  std::atomic<std::uint64_t> raced;    // tries during which the other side moved
  std::atomic<std::uint64_t> allowed;  // what is allowed, was
  std::atomic<std::uint64_t> denied;
  std::atomic<std::uint64_t> escaped;  // what must be denied was reached, judged by its effect
  std::atomic<std::uint64_t> control;  // of what nothing denies: done
  std::atomic<std::uint64_t> wrong;    // and refused
  std::atomic<std::uint64_t> other;    // neither: the name was not there at this moment
  std::atomic<std::uint64_t> broken;   // an error that no race foresees
  std::atomic<std::uint64_t> waiting;  // asks begun
  std::atomic<std::uint64_t> last_error;
  std::atomic<std::uint64_t> tasks;
};

// Written by the runner's mover; odd: it is moving.
struct Moves {
  std::atomic<std::uint64_t> sequence;
  std::atomic<std::uint64_t> shut;
};

// What the programs of one chain of execs leave to the next, for nothing else of a process lives on (again.cpp).
struct Chain {
  static constexpr int kTally = 100;  // the descriptor by which the programs find all this
  static constexpr int kOpenRan = 7;  // what open/program ends with
  static constexpr std::size_t kRoom = 256;
  enum Aim { swapped, steady, itself };
  Aim aim;  // of the exec that is being tried
  std::uint64_t tries,
      left;  // where the race ends, and how many programs this chain may still start
  double until;
  std::uint64_t before;              // moves when that exec began
  std::atomic<std::uint64_t> moves;  // of the side that swaps
  std::uint32_t begin;               // of the text in `swap`
  alignas(64) char swap[kRoom];
  char program[kRoom], shut_file[kRoom], steady_file[kRoom];
};

struct Shared {
  Tally tally;
  Moves moves;
  Chain chain;
  std::atomic<bool> bounded;  // the runner has set the limit that a load runs into
  std::atomic<bool> enough;   // the runner has seen what it wanted: a load without a limit ends
};

struct Limit {
  std::uint64_t tries = 0;  // 0: no limit
  double until = 0;         // of now(); 0: no limit
  [[nodiscard]] bool more(const Tally& tally) const;
};

// Names of four letters, so that one store of a word turns the one into the other. The kernel reads a path in
// other words, and may meet half of each: such a name is not there.
struct Place {
  std::string directory;
  unsigned tcp = 0, shut_tcp = 0;  // ports, for UDP too
  [[nodiscard]] std::string at(const std::string& name) const { return directory + "/" + name; }
  [[nodiscard]] std::string open(const std::string& name) const { return at("open/" + name); }
  [[nodiscard]] std::string shut(const std::string& name) const { return at("shut/" + name); }
};

using Run = void (*)(const Place&, const Limit&, Shared&);
struct Race {
  const char* name;
  Run run;
};
// Races, then loads, which are no part of `mixed`.
const std::vector<Race>& races();

// A load that would take the whole machine waits for its limit.
void wait_for_limit(const Shared& shared);
double now();  // seconds, monotonic
// The two sides of a race run at the same time, and not by turns on one CPU.
void stay_on_cpu(int number);

// Counts what an open for reading came to by what was read, and closes it.
void count_open(Tally& tally, int fd);
void count_error(Tally& tally, int error);
// The control: a name that nobody moves and nothing denies.
void count_steady(const Place& place, Tally& tally);
// What must be denied, and the control.
void open_both(const Place& place, Tally& tally);
[[nodiscard]] inline bool refused(int error) { return error == EACCES || error == EPERM; }

void path_swap(const Place&, const Limit&, Shared&);
void path_change(const Place&, const Limit&, Shared&);
void connect_swap(const Place&, const Limit&, Shared&);
void send_swap(const Place&, const Limit&, Shared&);
void unix_swap(const Place&, const Limit&, Shared&);
void exec_swap(const Place&, const Limit&, Shared&);
void exec_loop(const Place&, const Limit&, Shared&);
void symlink_flip(const Place&, const Limit&, Shared&);
void rename_storm(const Place&, const Limit&, Shared&);
void parent_move(const Place&, const Limit&, Shared&);
void link_storm(const Place&, const Limit&, Shared&);
void directory_storm(const Place&, const Limit&, Shared&);
void mixed(const Place&, const Limit&, Shared&);

void steady(const Place&, const Limit&, Shared&);
void steady_asks(const Place&, const Limit&, Shared&);
void flood(const Place&, const Limit&, Shared&);
void forks(const Place&, const Limit&, Shared&);
void askers(const Place&, const Limit&, Shared&);
void holds(const Place&, const Limit&, Shared&);
void eaters(const Place&, const Limit&, Shared&);

}  // namespace gatehouse::soak
