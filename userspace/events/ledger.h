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

  // What a ledger knows of one CPU, to go on from in another life.
  struct Account {
    std::uint32_t cpu = 0;
    std::uint64_t next = 0;         // all numbers below were seen, told as lost, or are missing
    std::vector<Range> missing;     // and not told yet
    std::uint64_t given_up = 0;     // missing too, of numbers that are not kept any more
    std::uint64_t lost_events = 0;  // of the kernel's own counts, what was told
    std::uint64_t lost_asks = 0;
  };
  // `now` as above: what was numbered until then may have been taken by who ended before it could tell.
  Ledger(std::span<const Account> accounts, std::span<const gh_counters> now);
  [[nodiscard]] std::vector<Account> accounts() const;

  void seen(const Origin& origin);
  // A loss that was told in another life, or of which this ledger only reads.
  void told(const EventsLost& lost);

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
    std::uint64_t inherited_below = 0;            // numbered before our time
    std::uint64_t lost_events = 0;                // kernel's counts that were reported
    std::uint64_t lost_asks = 0;
    std::uint64_t given_up = 0;  // cut from the front of an overlong list of gaps
    Range among{~0ULL, 0};       // those
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
