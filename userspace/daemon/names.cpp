// SPDX-License-Identifier: Apache-2.0
// Look-ups behind Names. It must never invent a name: what is not known stays empty.
#include "daemon/names.h"

namespace gatehouse::daemon {

events::Session session_of(const LiveSession& session) {
  return {session.record.serial, session.record.name, session.record.labels,
          session.record.own_cgroup ? "" : sessions::container_of(session.record.cgroup_path)};
}

const Generation* Names::find(std::uint64_t session, std::uint32_t generation) const {
  const auto live = sessions_.find(session);
  if (live == sessions_.end()) return nullptr;
  const auto found = live->second->generations.find(generation);
  return found == live->second->generations.end() ? nullptr : &found->second;
}

std::optional<events::Rule> Names::lookup(std::uint64_t session, std::uint32_t generation,
                                          std::uint16_t rule) const {
  const auto* found = find(session, generation);
  if (found == nullptr || rule >= found->rules.size()) return std::nullopt;
  const auto& info = found->rules[rule];
  return events::Rule{info.id, info.layer, info.reason};
}

std::optional<events::Session> Names::session(std::uint64_t serial) const {
  const auto live = sessions_.find(serial);
  if (live == sessions_.end()) return std::nullopt;
  return session_of(*live->second);
}

std::string Names::policy(std::uint64_t session, std::uint32_t generation) const {
  const auto* found = find(session, generation);
  return found == nullptr ? std::string() : found->policy;
}

}  // namespace gatehouse::daemon
