// SPDX-License-Identifier: Apache-2.0
// The daemon's configuration file. It must never be half read: an unknown key is an error, not a default.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/store.h"
#include "base/result.h"

namespace gatehouse::daemon {

struct DaemonConfig {
  std::string gate = "host";
  std::string socket;  // "": the default
  std::string group = "gatehouse";
  std::string approvers_group, readers_group;  // "": there are none
  std::string state;                           // "": the default
  std::vector<std::string> sinks;
  std::string metrics;  // "unix:/run/…", "127.0.0.1:9464"; "": they are not served
  std::vector<std::string> mandatory;
  // `directory` may be empty: below the state then. Nothing: no audit log is kept.
  std::optional<audit::StoreOptions> audit = audit::StoreOptions{};
};

// JSON with // comments. Errors name the file and the member.
Result<DaemonConfig> read_config(const std::string& path);

}  // namespace gatehouse::daemon
