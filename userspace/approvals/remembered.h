// SPDX-License-Identifier: Apache-2.0
// Answers given for longer than once, for asks that were already on their way when the answer was
// given. It must never outlive the session or process that it is for, nor its own expiry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>

#include "approvals/answerer.h"

namespace gatehouse::approvals {

struct Remembered {
  int scope = GH_SCOPE_SESSION;
  gh_verdict verdict = GH_DENY;
  std::uint64_t expires = 0;  // ktime ns, 0: with its subject
};

class Memory {
 public:
  static constexpr std::size_t kMost = GH_MAX_GRANTS;

  void keep(const Waiter& waiter, const Remembered& answer);
  // A session's answer goes before a process's, as in the kernel.
  std::optional<Remembered> find(const Waiter& waiter, std::uint64_t now);
  void forget_process(std::uint64_t session, std::uint32_t pid, std::uint64_t start);
  void forget_session(std::uint64_t session);
  [[nodiscard]] std::size_t size() const { return answers_.size(); }

 private:
  // session, pid (0: the whole session), start, object
  using Key = std::tuple<std::uint64_t, std::uint32_t, std::uint64_t, events::ObjectHash>;
  std::map<Key, Remembered> answers_;
};

}  // namespace gatehouse::approvals
