// SPDX-License-Identifier: Apache-2.0
// The few lines that run in the child between clone and exec, where only async-signal-safe calls are
// allowed. It must never allocate, lock or return.
#pragma once

#include <signal.h>
#include <sys/types.h>

namespace gatehouse::sessions {

// Everything that the child needs, made before it exists.
struct ChildPlan {
  const char* const* argv = nullptr;
  char* const* environment = nullptr;
  const char* path = nullptr;       // PATH in which argv[0] is looked up
  const char* directory = nullptr;  // null: ours
  bool keep_fds = false;
  bool own_session = false;
  int streams[3] = {-1, -1, -1};  // become 0, 1 and 2; above 2; -1: stays
  bool new_credentials = false;
  uid_t uid = 0;
  gid_t gid = 0;
  const gid_t* groups = nullptr;
  unsigned long group_count = 0;
  sigset_t mask = {};
  sighandler_t on_broken_pipe = SIG_DFL;
  int go = -1;      // a byte from here lets it go on, its end ends it; -1: goes on at once
  int drop = -1;    // the parent's end of that pipe: held, it would never end
  int report = -1;  // where a ChildReport goes if it fails; closed by exec
};

struct ChildReport {
  enum Stage : int { ready, setup, directory, exec };
  int stage = setup;
  int code = 0;  // errno
};

[[noreturn]] void become(const ChildPlan& plan);

}  // namespace gatehouse::sessions
