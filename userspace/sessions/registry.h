// SPDX-License-Identifier: Apache-2.0
// The sessions' records on disk: written whole or not at all, read by a controller that starts again.
// It must never give out a serial twice while the host is up.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/places.h"
#include "base/result.h"
#include "sessions/session.h"

namespace gatehouse::sessions {

class Registry {
 public:
  // Makes <state>/sessions (0700) if it is not there.
  static Result<Registry> open(const std::string& state = kStateDirectory);

  // A number greater than all before, on this host, whoever asks.
  Result<std::uint64_t> next_serial() const;

  // On disk when it returns: written beside, synced, renamed, directory synced.
  Result<void> save(const Session& session) const;
  Result<void> remove(std::uint64_t serial) const;
  // What was answered in a session (approvals/grant_record.h), beside its record; "": nothing was saved.
  Result<void> save_grants(std::uint64_t serial, const std::string& record) const;
  Result<std::string> load_grants(std::uint64_t serial) const;
  // All records of this boot. Those of another boot are removed (their sessions ended with it); one that
  // cannot be read is left where it is and named in `unreadable`.
  struct Loaded {
    std::vector<Session> sessions;
    std::vector<std::string> unreadable;
  };
  Result<Loaded> load() const;

 private:
  [[nodiscard]] std::string file_of(std::uint64_t serial) const;
  [[nodiscard]] std::string grants_of(std::uint64_t serial) const;
  std::string state_;
};

// Writes a file so that a reader sees the old or the new content, never half. Mode 0600.
Result<void> write_atomically(const std::string& path, const std::string& content);

}  // namespace gatehouse::sessions
