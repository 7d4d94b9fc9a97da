// SPDX-License-Identifier: Apache-2.0
// One run of a case, bare or confined, with all that could be seen of it, and the daemon of the confined
// ones. It must never look at less in the one than in the other.
#pragma once

#include <string>
#include <vector>

#include "case.h"

namespace gatehouse::compat {

struct Run {
  int status = -1;  // -1: it did not end in time
  double seconds = 0;
  std::string output;  // mounts, environment, then what the case printed, then mounts again
  std::vector<std::string> files;          // see picture()
  std::vector<std::string> left;           // processes that outlived it
  std::vector<std::string> asked, denied;  // "ACCESS OBJECT", each once, in order of the alphabet
  std::string errors;                      // of Gatehouse itself
};

Run bare(const Case& one);
Run confined(const Case& one);

// What is not the same, in words for people; "": nothing.
std::string difference(const Run& bare, const Run& confined);

void open_world();
void close_world();

}  // namespace gatehouse::compat
