// SPDX-License-Identifier: Apache-2.0
// The gaps behind ledger.h. Two rings share one numbering, so that order says nothing: it must
// never judge by the order of arrival.
#include "events/ledger.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace gatehouse::events {
namespace {

constexpr std::uint32_t kMostCpus = 8192;  // NR_CPUS of the largest kernels

}  // namespace

Ledger::Ledger(std::span<const gh_counters> now) {
  for (const gh_counters& counters : now) {
    Cpu cpu;
    cpu.next = counters.seq;
    cpu.suspect_below = counters.seq;
    cpu.lost_events = counters.lost_events;
    cpu.lost_asks = counters.lost_asks;
    cpus_.push_back(std::move(cpu));
  }
}

Ledger::Cpu& Ledger::at(std::uint32_t cpu) {
  if (cpu >= cpus_.size()) cpus_.resize(cpu + 1);
  return cpus_[cpu];
}

void Ledger::open_gap(Cpu& cpu, std::uint64_t first, std::uint64_t past) {
  cpu.gaps.emplace(first, past);
  while (cpu.gaps.size() > kMostGaps) {
    const auto oldest = cpu.gaps.begin();
    cpu.given_up += oldest->second - oldest->first;
    cpu.gaps.erase(oldest);
  }
}

void Ledger::fill(Cpu& cpu, std::map<std::uint64_t, std::uint64_t>::iterator gap,
                  std::uint64_t seq) {
  const std::uint64_t first = gap->first;
  const std::uint64_t past = gap->second;
  cpu.gaps.erase(gap);
  if (first < seq) cpu.gaps.emplace(first, seq);
  if (seq + 1 < past) open_gap(cpu, seq + 1, past);
}

void Ledger::seen(const Origin& origin) {
  if (origin.cpu >= kMostCpus) return;
  Cpu& cpu = at(origin.cpu);
  ++received_;
  if (origin.seq >= cpu.next) {
    if (origin.seq > cpu.next) open_gap(cpu, cpu.next, origin.seq);
    cpu.next = origin.seq + 1;
    return;
  }
  auto gap = cpu.gaps.upper_bound(origin.seq);
  if (gap == cpu.gaps.begin() || std::prev(gap)->second <= origin.seq) {
    ++twice_or_late_;
    return;
  }
  fill(cpu, std::prev(gap), origin.seq);
}

std::vector<EventsLost> Ledger::reconcile(std::span<const gh_counters> counters) {
  std::vector<EventsLost> found;
  if (counters.size() > cpus_.size())
    cpus_.resize(std::min<std::size_t>(counters.size(), kMostCpus));
  for (std::uint32_t number = 0; number < std::min(counters.size(), cpus_.size()); ++number) {
    Cpu& cpu = cpus_[number];
    const gh_counters& now = counters[number];
    if (now.seq > cpu.next) {  // the newest of all are missing: no later event shows the gap
      open_gap(cpu, cpu.next, now.seq);
      cpu.next = now.seq;
    }

    std::uint64_t missing = std::exchange(cpu.given_up, 0);
    while (!cpu.gaps.empty() && cpu.gaps.begin()->first < cpu.suspect_below) {
      const auto [first, past] = *cpu.gaps.begin();
      const std::uint64_t end = std::min(past, cpu.suspect_below);
      missing += end - first;
      cpu.gaps.erase(cpu.gaps.begin());
      if (end < past) cpu.gaps.emplace(end, past);
    }
    cpu.suspect_below = now.seq;
    if (missing == 0) continue;
    lost_ += missing;

    const auto report = [&](const char* ring, std::uint64_t count, const char* why) {
      if (count != 0) found.push_back({ring, number, count, why});
      missing -= count;
    };
    const std::uint64_t asks = std::min<std::uint64_t>(missing, now.lost_asks - cpu.lost_asks);
    cpu.lost_asks += asks;
    report("asks", asks, "the ring of asks was full: the requests were denied");
    const std::uint64_t events =
        std::min<std::uint64_t>(missing, now.lost_events - cpu.lost_events);
    cpu.lost_events += events;
    report("events", events, "the ring of events was full");
    report("unknown", missing, "the kernel made them, counted no loss, and they never came");
  }
  return found;
}

}  // namespace gatehouse::events
