// SPDX-License-Identifier: Apache-2.0
// Counting and drawing behind board.h. It must never print bytes of an agent that visible() has not seen.
#include "cli/board.h"

#include <algorithm>
#include <cstdio>
#include <sstream>

#include "base/quote.h"
#include "cli/text.h"
#include "events/time.h"
#include "reading/filter.h"
#include "sinks/human.h"

namespace gatehouse::cli {
namespace {

constexpr std::size_t kMostNews = 4096;  // sessions that events may name before they are listed

std::string rate_text(double rate) {
  char text[32];
  std::snprintf(text, sizeof text, rate < 9.95 ? "%.1f" : "%.0f", rate);
  return rate == 0 ? "·" : text;
}

std::string count_text(std::uint64_t count) { return count == 0 ? "·" : std::to_string(count); }

}  // namespace

void Board::set(std::map<Key, Facts> sessions) {
  sessions_ = std::move(sessions);
  // Those that are gone, but not what came before its session was listed.
  if (moving_.size() > sessions_.size())
    std::erase_if(moving_, [&](const auto& one) { return !sessions_.contains(one.first); });
}

void Board::take(const events::Event& event) {
  newest_event_ = event;
  newest_ = "there";
  if (event.session.serial == 0) return;
  const Key key{event.session.serial, event.session.name};
  if (!moving_.contains(key) && moving_.size() >= kMostNews) return;
  Moving& moving = moving_[key];
  Kind kind = other;
  const auto* decision = std::get_if<events::Decision>(&event.body);
  if (std::holds_alternative<events::Exec>(event.body)) {
    kind = programs;
  } else if (decision != nullptr) {
    if (decision->verdict >= GH_DENY && !decision->audit) ++moving.denied;
    kind = decision->access == GH_EXEC                                             ? programs
           : GH_ACCESS_CLASS(decision->access) == 1                                ? network
           : GH_ACCESS_CLASS(decision->access) == 0 && decision->access != GH_UNIX ? files
                                                                                   : other;
  } else {
    return;
  }
  ++moving.requests;
  const std::int64_t second = event.time / 1'000'000'000;
  auto& slot = moving.seconds[static_cast<std::size_t>(second) % kSeconds];
  if (slot.second != second) slot = {second, {}};
  ++slot.counts[kind];
  const auto* object = reading::object_of(event);
  if (object == nullptr) return;
  ++moving.paths[object->text];
  if (moving.paths.size() <= kMostPaths) return;
  std::vector<std::uint64_t> counts;
  for (const auto& [path, count] : moving.paths)
    counts.push_back(count);
  std::nth_element(counts.begin(), counts.begin() + kMostPaths / 2, counts.end());
  const auto least = counts[kMostPaths / 2];
  std::erase_if(moving.paths, [&](const auto& one) { return one.second <= least; });
}

std::array<double, Board::kinds> Board::rates(const Moving& moving, std::int64_t now) const {
  std::array<double, kinds> out{};
  const std::int64_t second = now / 1'000'000'000;
  for (const auto& slot : moving.seconds) {
    if (slot.second > second || slot.second + static_cast<std::int64_t>(kSeconds) <= second)
      continue;
    for (std::size_t kind = 0; kind < kinds; kind++)
      out[kind] += slot.counts[kind] / double{kSeconds};
  }
  return out;
}

std::vector<std::pair<std::string, std::uint64_t>> Board::busiest(const Moving& moving,
                                                                  std::size_t most) {
  std::vector<std::pair<std::string, std::uint64_t>> all(moving.paths.begin(), moving.paths.end());
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  all.resize(std::min(all.size(), most));
  return all;
}

std::string Board::view(std::int64_t now, std::size_t columns, std::size_t lines,
                        bool colour) const {
  std::uint64_t asks = 0, denied = 0, processes = 0;
  for (const auto& [key, facts] : sessions_) {
    asks += facts.asks;
    processes += facts.processes;
    if (const auto found = moving_.find(key); found != moving_.end())
      denied += found->second.denied;
  }
  std::vector<std::string> out;
  out.push_back(
      "sessions " + std::to_string(sessions_.size()) + "   processes " + std::to_string(processes) +
      "   " +
      toned("denied " + std::to_string(denied), denied != 0 ? Tone::bad : Tone::plain, colour) +
      "   " + toned("asks " + std::to_string(asks), asks != 0 ? Tone::busy : Tone::plain, colour) +
      "   " + toned(events::rfc3339(now).substr(11, 8), Tone::dim, colour));
  out.push_back("");
  Table table(
      {"ID", "NAME", "STATE", "PROC", "FILE/s", "EXEC/s", "NET/s", "DENY", "ASK", "POLICY"});
  for (const auto& [key, facts] : sessions_) {
    const auto found = moving_.find(key);
    const Moving none;
    const Moving& moving = found == moving_.end() ? none : found->second;
    const auto rate = rates(moving, now);
    table.row({std::to_string(key.first), sinks::elide(visible(key.second), 16), facts.state,
               count_text(facts.processes), rate_text(rate[files]), rate_text(rate[programs]),
               rate_text(rate[network]), count_text(moving.denied), count_text(facts.asks),
               facts.policy + (facts.mode == "audit" ? " (audit)" : "")});
  }
  std::ostringstream rows;
  table.print(rows, columns);
  std::istringstream each(rows.str());
  for (std::string line; std::getline(each, line);) {
    const bool first = out.size() == 2;
    out.push_back(toned(columns == 0 ? line : sinks::elide(line, columns),
                        first ? Tone::dim : Tone::plain, colour));
  }
  std::map<std::string, std::uint64_t> all;
  for (const auto& [key, moving] : moving_)
    if (sessions_.contains(key))
      for (const auto& [path, count] : busiest(moving, 8))
        all[path] += count;
  std::vector<std::pair<std::string, std::uint64_t>> top(all.begin(), all.end());
  std::stable_sort(top.begin(), top.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  top.resize(std::min<std::size_t>(top.size(), 8));
  if (!top.empty()) out.push_back("");
  for (const auto& [path, count] : top) {
    const std::string number = std::to_string(count);
    const std::string text = visible(path);
    out.push_back(std::string(number.size() < 7 ? 7 - number.size() : 0, ' ') + number + "  " +
                  (columns > 12 ? sinks::elide(text, columns - 9) : text));
  }
  if (!newest_.empty()) {
    out.push_back("");
    out.push_back(sinks::human(newest_event_, {columns, colour, true}));
  }
  std::string joined;
  for (std::size_t i = 0; i < out.size() && (lines == 0 || i < lines); i++)
    joined += (i == 0 ? "" : "\n") + out[i];
  return joined + "\n";
}

control::Json Board::json(std::int64_t now) const {
  control::Json out = control::Json::array();
  for (const auto& [key, facts] : sessions_) {
    const auto found = moving_.find(key);
    const Moving none;
    const Moving& moving = found == moving_.end() ? none : found->second;
    const auto rate = rates(moving, now);
    control::Json paths = control::Json::array();
    for (const auto& [path, count] : busiest(moving, 8))
      paths.push_back({{"path", visible(path)}, {"requests", count}});
    out.push_back({{"id", key.first},
                   {"name", key.second},
                   {"state", facts.state},
                   {"policy", facts.policy},
                   {"mode", facts.mode},
                   {"started", facts.started},
                   {"processes", facts.processes},
                   {"asks", facts.asks},
                   {"requests", moving.requests},
                   {"denied", moving.denied},
                   {"per_second",
                    {{"files", rate[files]},
                     {"programs", rate[programs]},
                     {"network", rate[network]},
                     {"other", rate[other]}}},
                   {"busiest", paths}});
  }
  return out;
}

}  // namespace gatehouse::cli
