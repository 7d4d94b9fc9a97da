// SPDX-License-Identifier: Apache-2.0
// One session that is in force: its record, its place in the kernel, and what names its rules. It must
// never be dropped while the kernel still judges by it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "approvals/entry.h"
#include "daemon/refusals.h"
#include "kernel/admission.h"
#include "kernel/cgroup.h"
#include "reviewers/chain.h"
#include "sessions/session.h"
#include "tables/tables.h"

namespace gatehouse::daemon {

// Rules of a published policy: kept after it was replaced, for events that are still under way.
struct Generation {
  std::string policy;
  std::vector<tables::RuleInfo> rules;
};

struct LiveSession {
  static constexpr std::size_t kMostGenerations = 16;

  sessions::Session record;
  kernel::Cgroup cgroup;
  kernel::AdmittedSession admitted;
  std::shared_ptr<const tables::Tables> tables;  // of the present generation; equal ones are shared
  approvals::Terms terms;
  std::shared_ptr<const reviewers::Panel> panel;  // who reviews its asks
  std::uint32_t runner = 0;  // pid of the `run` that stands at its terminal; 0: none
  bool paused = false;
  bool ending = false;  // its end is under way
  // A client is there whose going ends it; else that of its command or its last process does.
  bool watched = false;
  std::optional<int> status;  // of its command, once that has ended
  std::map<std::uint32_t, Generation> generations;
  Refusals refusals;  // for `why --last`
};

}  // namespace gatehouse::daemon
