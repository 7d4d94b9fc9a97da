// SPDX-License-Identifier: Apache-2.0
// The signals that end or resize a view on a terminal, as a descriptor. They must never end us by themselves: the
// terminal is given back first.
#pragma once

#include "base/unique_fd.h"

namespace gatehouse::cli {

// SIGTERM, SIGINT, SIGHUP and SIGWINCH, blocked from now on. Does not block when read.
UniqueFd take_terminal_signals();

}  // namespace gatehouse::cli
