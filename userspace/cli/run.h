// SPDX-License-Identifier: Apache-2.0
// What `run` was asked for, and its two ways: with a controller of its own, or through the daemon. Neither
// must ever start the command when its session could not be made: that is exit status 125.
#pragma once

#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "control/client.h"
#include "sessions/signals.h"

namespace gatehouse::cli {

struct RunRequest {
  std::string policy;
  std::string workspace;
  std::string name;
  std::vector<std::string> labels;  // k=v
  std::string on_ask = "prompt";
  std::vector<std::string> sinks;
  bool keep_fds = false;
  std::vector<std::string> command;

  [[nodiscard]] control::Labels split_labels() const;
};

// Both return the exit status of `run`.
int run_here(const RunRequest& request, sessions::Signals& signals);
int run_by_daemon(const RunRequest& request, control::Client client, const std::string& socket,
                  sessions::Signals& signals);

// Says what went wrong; returns 125, the status of a failure of our own.
int fail(const std::string& what, const std::string& hint = {});

// Errors and warnings of a policy, to stderr; notes too when `all`.
void print_findings(const Diagnostics& diagnostics, bool all = false);

}  // namespace gatehouse::cli
