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

Ledger::Ledger(std::span<const Account> accounts, std::span<const gh_counters> now) {
  for (const Account& account : accounts) {
    if (account.cpu >= kMostCpus) continue;
    Cpu& cpu = at(account.cpu);
    cpu.next = account.next;
    cpu.given_up = account.given_up;
    cpu.lost_events = account.lost_events;
    cpu.lost_asks = account.lost_asks;
    for (const Range& range : account.missing)
      if (range.first < range.past) open_gap(cpu, range.first, range.past);
  }
  for (std::uint32_t number = 0; number < std::min<std::size_t>(now.size(), kMostCpus); ++number)
    at(number).inherited_below = now[number].seq;
}

std::vector<Ledger::Account> Ledger::accounts() const {
  std::vector<Account> all;
  for (std::uint32_t number = 0; number < cpus_.size(); ++number) {
    const Cpu& cpu = cpus_[number];
    Account account{number, cpu.next, {}, cpu.given_up, cpu.lost_events, cpu.lost_asks};
    for (const auto& [first, past] : cpu.gaps)
      account.missing.push_back({first, past});
    all.push_back(std::move(account));
  }
  return all;
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
    cpu.among = {std::min(cpu.among.first, oldest->first),
                 std::max(cpu.among.past, oldest->second)};
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

void Ledger::told(const EventsLost& lost) {
  if (!lost.cpu || !lost.among || *lost.cpu >= kMostCpus) return;
  Cpu& cpu = at(*lost.cpu);
  if (lost.ring == "events") cpu.lost_events += lost.count;
  if (lost.ring == "asks") cpu.lost_asks += lost.count;
  if (lost.among->past > cpu.next) {  // the newest of all: nothing after them was seen yet
    open_gap(cpu, cpu.next, lost.among->past);
    cpu.next = lost.among->past;
  }
  std::uint64_t left = lost.count;
  const std::uint64_t forgotten = std::min(left, cpu.given_up);
  cpu.given_up -= forgotten;
  left -= forgotten;
  auto gap = cpu.gaps.upper_bound(lost.among->first);
  if (gap != cpu.gaps.begin()) --gap;  // one that begins before may reach into them
  while (left != 0 && gap != cpu.gaps.end() && gap->first < lost.among->past) {
    const auto [first, past] = *gap;
    const std::uint64_t begin = std::max(first, lost.among->first);
    const std::uint64_t end = std::min({past, lost.among->past, begin + left});
    if (begin >= end) {
      ++gap;
      continue;
    }
    left -= end - begin;
    gap = cpu.gaps.erase(gap);
    if (first < begin) cpu.gaps.emplace(first, begin);
    if (end < past) gap = cpu.gaps.emplace(end, past).first;
  }
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
    Range among = std::exchange(cpu.among, {~0ULL, 0});
    while (!cpu.gaps.empty() && cpu.gaps.begin()->first < cpu.suspect_below) {
      const auto [first, past] = *cpu.gaps.begin();
      const std::uint64_t end = std::min(past, cpu.suspect_below);
      missing += end - first;
      among = {std::min(among.first, first), std::max(among.past, end)};
      cpu.gaps.erase(cpu.gaps.begin());
      if (end < past) cpu.gaps.emplace(end, past);
    }
    cpu.suspect_below = now.seq;
    if (missing == 0) continue;
    lost_ += missing;

    const auto report = [&](const char* ring, std::uint64_t count, const char* why) {
      if (count != 0) found.push_back({ring, number, count, why, among});
      missing -= count;
    };
    const std::uint64_t asks = std::min<std::uint64_t>(missing, now.lost_asks - cpu.lost_asks);
    cpu.lost_asks += asks;
    report("asks", asks, "the ring of asks was full: the requests were denied");
    const std::uint64_t events =
        std::min<std::uint64_t>(missing, now.lost_events - cpu.lost_events);
    cpu.lost_events += events;
    report("events", events, "the ring of events was full");
    report("unknown", missing,
           among.past <= cpu.inherited_below
               ? "an earlier controller ended before it recorded them"
               : "the kernel made them, counted no loss, and they never came");
  }
  return found;
}

}  // namespace gatehouse::events
