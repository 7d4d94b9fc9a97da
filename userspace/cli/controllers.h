// SPDX-License-Identifier: Apache-2.0
// The controllers of this host that a person can talk to: the daemon's socket and those of single runs.
// It must never hide that one of them could not be asked.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/places.h"
#include "cli/verbs.h"
#include "control/client.h"

namespace gatehouse::cli {

// Sockets to try, the daemon's first.
std::vector<std::string> sockets(const Shared& shared);

// Where the `run` of that pid listens.
std::string run_socket(pid_t pid);
// Removes the sockets of single runs that were killed: those whose process is gone.
void sweep_sockets();

// The array `member` of every controller's answer, joined. Complains and sets the status when none
// answers (125), or one refuses (1).
std::optional<control::Json> gather(Shared& shared, const control::Operation& operation,
                                    const char* member);

// Asks one controller after the other until one does it; else complains with the last refusal.
std::optional<control::Json> first_to_do(Shared& shared, const control::Operation& operation);

}  // namespace gatehouse::cli
