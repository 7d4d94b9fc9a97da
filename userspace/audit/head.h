// SPDX-License-Identifier: Apache-2.0
// The newest checkpoint of a log, kept a second time where the secret key lies: so that an end that was cut off
// shows. It must never be believed without its signature.
#pragma once

#include <optional>
#include <string>

#include "audit/checkpoint.h"
#include "audit/key.h"

namespace gatehouse::audit {

struct Head {
  std::uint64_t record = 0;
  Link link{};
  Checkpoint checkpoint;
};

// Of the log in `directory`, which need not exist, among the state of a controller.
std::string head_path(const std::string& state, const std::string& directory);

// `line` is a checkpoint with its seal. A reader sees the old or the new; after a power failure it may be neither.
Result<void> write_head(const std::string& path, const std::string& line);
// ENOENT: there is none. EBADMSG: it is not signed by that key.
Result<Head> read_head(const std::string& path, const PublicKey& key);

}  // namespace gatehouse::audit
