// SPDX-License-Identifier: Apache-2.0
// One attempt to get out: a name, who can try it at all, and an act that says what came of it. An act must
// never leave a trace when it succeeds, and never take a return code for an effect that can be looked at.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "ground.h"

namespace gatehouse::escape {

struct Outcome {
  enum Kind : char { contained, escaped, skipped, broken } kind;
  int error = 0;
  std::string detail;
};
inline Outcome contained(int error = 0) { return {Outcome::contained, error, {}}; }
inline Outcome escaped(std::string detail) { return {Outcome::escaped, 0, std::move(detail)}; }
// It got out, and undoing it was refused: normal where only the second step is denied. Bare, the runner
// takes it for a failure of the attempt.
inline Outcome not_put_back(const std::string& detail) {
  return {Outcome::escaped, 0, detail + ", NOT PUT BACK"};
}
inline Outcome skipped(std::string why) { return {Outcome::skipped, 0, std::move(why)}; }
// For the ground's or the program's own failures: never taken for a success of either side.
inline Outcome broken(std::string why) { return {Outcome::broken, 0, std::move(why)}; }

enum Who : char { anyone, root };  // root: an ordinary user is refused by the kernel anyway

struct Attempt {
  std::string name;
  Who who;
  std::function<Outcome(const Ground&)> act;
};
using Attempts = std::vector<Attempt>;

void add_files(Attempts& all);
void add_names(Attempts& all);
void add_metadata(Attempts& all);
void add_descriptors(Attempts& all);
void add_exec(Attempts& all);
void add_network(Attempts& all);
void add_sockets(Attempts& all);
void add_unix(Attempts& all);
void add_processes(Attempts& all);
void add_signals(Attempts& all);
void add_mounts(Attempts& all);
void add_kernel(Attempts& all);
void add_devices(Attempts& all);
void add_uring(Attempts& all);
void add_entry(Attempts& all);
void add_ipc(Attempts& all);
void add_membership(Attempts& all);
void add_itself(Attempts& all);

}  // namespace gatehouse::escape
