// SPDX-License-Identifier: Apache-2.0
// A process and all its descendants, followed through events of fork and exit. It must never take a later
// process for one of them because it got the same pid, as far as the events tell them apart.
#pragma once

#include <cstdint>
#include <deque>
#include <set>
#include <unordered_map>
#include <utility>

#include "events/event.h"

namespace gatehouse::reading {

class Family {
 public:
  static constexpr std::size_t kMostGone = 65536;  // then the longest gone are forgotten

  // Whoever has that pid; with `tree`, its descendants too.
  Family(std::uint32_t pid, bool tree) : root_(pid), tree_(tree) {}

  // Whether the event is of one of them. Each event must be shown, in order: it may add one.
  bool takes(const events::Event& event);

 private:
  using Key = std::pair<std::uint32_t, std::uint64_t>;

  void add(std::uint32_t pid, std::uint64_t start);
  void retire(const Key& key);
  [[nodiscard]] bool has(const events::Process& process) const;

  std::uint32_t root_;
  bool tree_;
  std::set<Key> members_;
  std::unordered_map<std::uint32_t, std::uint64_t> living_;  // pid → start
  std::deque<Key> gone_;
};

}  // namespace gatehouse::reading
