// SPDX-License-Identifier: Apache-2.0
// What the numbers in events mean: sessions, generations and rules of everything that is or was in force.
// It must never name a rule of another generation than the one that judged.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "daemon/live_session.h"
#include "events/names.h"

namespace gatehouse::daemon {

using LiveSessions = std::map<std::uint64_t, std::unique_ptr<LiveSession>>;  // by serial

class Names : public events::RuleNames {
 public:
  explicit Names(const LiveSessions& sessions) : sessions_(sessions) {}

  [[nodiscard]] std::optional<events::Rule> lookup(std::uint64_t session, std::uint32_t generation,
                                                   std::uint16_t rule) const override;
  [[nodiscard]] std::optional<events::Session> session(std::uint64_t serial) const override;
  [[nodiscard]] std::string policy(std::uint64_t session, std::uint32_t generation) const override;

 private:
  [[nodiscard]] const Generation* find(std::uint64_t session, std::uint32_t generation) const;

  const LiveSessions& sessions_;
};

events::Session session_of(const LiveSession& session);

}  // namespace gatehouse::daemon
