// SPDX-License-Identifier: Apache-2.0
// How a session ends: whoever is left is asked to end, then made to, then the cgroup goes.
// It must never take a session out of force while a process of it lives.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "kernel/admission.h"
#include "kernel/answers.h"
#include "kernel/cgroup.h"
#include "kernel/publish.h"

namespace gatehouse::sessions {

struct EndOptions {
  bool own_cgroup = true;               // else it is somebody else's: neither killed nor removed
  kernel::Milliseconds patience{2000};  // between SIGTERM and SIGKILL
  kernel::Milliseconds limit{10000};    // until everybody killed is really gone
  // Called between looks, so that a loop can go on with its rings; may be empty.
  std::function<void()> meanwhile;
};

struct Leftovers {
  unsigned asked = 0;              // got SIGTERM
  unsigned killed = 0;             // were still there after the patience
  std::vector<std::string> names;  // "make (1234)", a few of them
};
// "2 processes were left and have been ended: make (1234), sleep (1240)"; "" when none were.
std::string describe(const Leftovers& leftovers);

// Ends what is left in the cgroup. ETIMEDOUT when something cannot be killed (it stays enforced).
Result<Leftovers> end_processes(const kernel::Cgroup& cgroup, std::uint64_t serial,
                                kernel::Answers& answers, const EndOptions& options);

// The whole end: processes, entries, policy, answers, cgroup. A cgroup of somebody else is only let go.
Result<Leftovers> end_session(const kernel::Cgroup& cgroup, const kernel::AdmittedSession& session,
                              kernel::Admission& admission, kernel::Publisher& publisher,
                              kernel::Answers& answers, const EndOptions& options);

}  // namespace gatehouse::sessions
