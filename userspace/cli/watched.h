// SPDX-License-Identifier: Apache-2.0
// The approvals of one session as a daemon tells of them, kept up to date over a connection of its own.
// It must never take silence for an answer: when the daemon is gone it connects again, and waits.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "approvals/card.h"
#include "cli/asking.h"
#include "control/client.h"
#include "daemon/loop.h"

namespace gatehouse::cli {

class WatchedApprovals {
 public:
  WatchedApprovals(std::string socket, std::string session, daemon::Loop& loop);
  ~WatchedApprovals();
  WatchedApprovals(const WatchedApprovals&) = delete;
  WatchedApprovals& operator=(const WatchedApprovals&) = delete;

  // In each round of the loop: connects again when the daemon went.
  void turn();
  [[nodiscard]] Questions questions();

 private:
  void connect();
  void disconnect();
  void read();
  void take(const control::Json& item);
  void answer(std::uint64_t id, const approvals::Answer& answer);

  std::string socket_, session_;
  daemon::Loop& loop_;
  std::optional<control::Client> client_;
  std::chrono::steady_clock::time_point next_try_;
  std::map<std::uint64_t, approvals::Card> waiting_;
  std::set<std::uint64_t> answered_;  // by us, though the stream has not told so yet
};

// Answers an approval of the controller that listens there. Nothing: it was taken.
std::optional<control::Refusal> give_answer(const std::string& socket, std::uint64_t id,
                                            const approvals::Answer& given);

// Does anybody in the session wait for an answer? By asking the daemon now; true when it does not say.
bool anyone_waits(const std::string& socket, const std::string& session);

}  // namespace gatehouse::cli
