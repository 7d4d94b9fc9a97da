// SPDX-License-Identifier: Apache-2.0
// One run of all attempts, as one actor, confined or bare, and what was seen of it from outside. It must
// never fill in a result that the program did not print.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "actor.h"

namespace gatehouse::escape {

struct Run {
  int status = -1;
  bool complete = false;                               // it printed its last line
  std::map<std::string, std::string> said;             // attempt → its line
  std::map<std::string, std::vector<std::string>> by;  // word (ESCAPED …) → lines
  std::vector<std::string> touched;                    // canaries, ears, signals
  std::vector<std::string> strays;                     // tasks outside of the session's cgroup
  std::vector<std::string> left;                       // tasks and mounts that stayed
  std::string errors;
};

// Each is made once; the confined ones first, if a test asks for a bare one.
const Run& confined(const Actor& actor);
const Run& bare(const Actor& actor);

// The daemon of all runs. `open` before the first, `close` after the last.
void open_world();
void close_world();

}  // namespace gatehouse::escape
