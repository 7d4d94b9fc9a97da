// SPDX-License-Identifier: Apache-2.0
// Accounts for every event that the kernel made: what was received, what the kernel says it lost,
// and what is missing for no stated reason. It must never call an event lost that may still lie in
// a ring.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "events/event.h"

namespace gatehouse::events {

class Ledger {
 public:
  // Ranges of unseen numbers kept per CPU; past that the oldest are given up as lost.
  static constexpr std::size_t kMostGaps = 4096;

  Ledger() = default;
  // The controller starts, or adopts a running kernel side: what was numbered before is not ours.
  explicit Ledger(std::span<const gh_counters> now);

  void seen(const Origin& origin);

  // `counters`, one per CPU, must have been read BEFORE both rings were drained to the end. A
  // number is lost when it was missing at two calls in a row: its maker may have been preempted in
  // between numbering and sending.
  std::vector<EventsLost> reconcile(std::span<const gh_counters> counters);

  [[nodiscard]] std::uint64_t received() const { return received_; }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  [[nodiscard]] std::uint64_t twice_or_late() const { return twice_or_late_; }

 private:
  struct Cpu {
    std::uint64_t next = 0;                       // all numbers below were seen or lie in a gap
    std::map<std::uint64_t, std::uint64_t> gaps;  // first → past the last
    std::uint64_t suspect_below = 0;              // gaps below were there at the last reconcile
    std::uint64_t lost_events = 0;                // kernel's counts that were reported
    std::uint64_t lost_asks = 0;
    std::uint64_t given_up = 0;  // cut from the front of an overlong list of gaps
  };

  Cpu& at(std::uint32_t cpu);
  static void fill(Cpu& cpu, std::map<std::uint64_t, std::uint64_t>::iterator gap,
                   std::uint64_t seq);
  static void open_gap(Cpu& cpu, std::uint64_t first, std::uint64_t past);

  std::vector<Cpu> cpus_;
  std::uint64_t received_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t twice_or_late_ = 0;
};

}  // namespace gatehouse::events
