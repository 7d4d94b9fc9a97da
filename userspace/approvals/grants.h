// SPDX-License-Identifier: Apache-2.0
// Answers given for longer than once: what the kernel holds, with who gave them and for what. They must never
// outlive the session or process that they are for, nor their own expiry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "approvals/answerer.h"

namespace gatehouse::approvals {

class Meaning;

struct Grant {
  std::uint64_t id = 0;  // never used again while this host is up
  Waiter subject;        // session; object; of scope process: pid and process_start
  int scope = GH_SCOPE_SESSION;
  gh_verdict verdict = GH_DENY;
  std::uint64_t expires = 0;  // CLOCK_MONOTONIC, ns; 0: with its subject
  bool known = true;          // false: found in the kernel, without what follows
  gh_access access = GH_READ;
  std::string object;  // bytes
  std::string rule;    // that asked
  std::uint64_t given = 0;
  events::Approver by;
  std::string message;
  // Kept here and not in the kernel: an ask that it covers is answered for once, as it comes.
  std::string pattern;
  std::vector<std::string> argv{};  // of the ask that it answered
  std::shared_ptr<const Meaning> meaning{};
  std::uint64_t used = 0;  // asks that it answered
};

class Grants {
 public:
  static constexpr std::size_t kMost = GH_MAX_GRANTS;
  static constexpr std::size_t kMostPatterns = 256;  // of one session

  // Takes the place of what was there for the same subject and object.
  void keep(Grant grant);
  // For asks that were already on their way when the answer was given. A session's answer goes before a
  // process's, as in the kernel.
  const Grant* find(const Waiter& waiter, std::uint64_t now);
  const Grant* find(std::uint64_t id) const;
  // A pattern that covers an ask by the same rule, and is counted as used. What denies goes first.
  const Grant* use(const events::Event& ask, std::uint64_t now);
  // Those that are alive, by age; session 0: all.
  [[nodiscard]] std::vector<const Grant*> list(std::uint64_t session, std::uint64_t now) const;
  void forget(std::uint64_t id);
  // True: there was something to forget.
  bool forget_process(std::uint64_t session, std::uint32_t pid, std::uint64_t start);
  void forget_session(std::uint64_t session);
  [[nodiscard]] std::size_t size() const { return grants_.size(); }
  [[nodiscard]] bool has_room_for_pattern(std::uint64_t session, std::uint64_t now) const;

 private:
  // session, pid (0: the whole session), start, id of a pattern (0: none), object
  using Key =
      std::tuple<std::uint64_t, std::uint32_t, std::uint64_t, std::uint64_t, events::ObjectHash>;
  static Key key_of(const Grant& grant);
  void erase(std::map<Key, Grant>::iterator grant);

  std::map<Key, Grant> grants_;
  std::map<std::uint64_t, Key> keys_;  // by id
};

}  // namespace gatehouse::approvals
