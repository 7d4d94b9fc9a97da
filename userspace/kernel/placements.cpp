// SPDX-License-Identifier: Apache-2.0
// Ranges and who shares them. Tables must never be taken for equal by their digest alone: they are read first.
#include "kernel/placements.h"

#include <fmt/format.h>

#include <algorithm>

#include "kernel/publish.h"

namespace gatehouse::kernel {
namespace {

bool same(const Range& a, const Range& b) { return a.first == b.first && a.count == b.count; }

bool same(const Placement& a, const Placement& b) {
  return same(a.states, b.states) && same(a.transitions, b.transitions) &&
         same(a.outcomes, b.outcomes);
}

bool fits(const Placement& place, const tables::Tables& tables) {
  return place.states.count == tables.states.size() &&
         place.transitions.count == tables.transitions.size() &&
         place.outcomes.count == tables.outcomes.size();
}

}  // namespace

Error no_room(const char* what, std::size_t needed, const Pool& pool) {
  std::string text = fmt::format("the policy needs {} {}, {} of {} free", with_commas(needed), what,
                                 with_commas(pool.free()), with_commas(pool.size()));
  if (pool.free() >= needed)
    text += fmt::format(" but only {} in a row", with_commas(pool.largest()));
  return {ENOSPC, text};
}

Placements::Placements()
    : states_(GH_MAX_STATES), transitions_(GH_MAX_TRANSITIONS), outcomes_(GH_MAX_OUTCOMES) {}

Placements::Taken* Placements::at(const Placement& place) {
  const auto found = std::find_if(taken_.begin(), taken_.end(),
                                  [&](const Taken& one) { return same(one.place, place); });
  return found == taken_.end() ? nullptr : &*found;
}

Result<Placement> Placements::take(const tables::Tables& tables, const Pools& pools) {
  for (auto& one : taken_) {
    if (one.digest != tables.digest || !fits(one.place, tables)) continue;
    if (!verify_tables(tables, one.place, pools)) continue;
    one.policies++;
    return one.place;
  }
  auto place = make_room(tables);
  if (!place) return place;
  write_tables(tables, *place, pools);
  if (auto verified = verify_tables(tables, *place, pools); !verified) {
    free(*place);
    return verified.error();
  }
  taken_.push_back({*place, tables.digest, 1});
  return place;
}

bool Placements::claim(const Placement& place, std::uint64_t digest) {
  if (Taken* const known = at(place); known != nullptr && known->digest == digest) {
    known->policies++;
    return true;
  }
  if (!states_.claim(place.states) || !transitions_.claim(place.transitions) ||
      !outcomes_.claim(place.outcomes))
    return false;
  taken_.push_back({place, digest, 1});
  return true;
}

void Placements::give(const Placement& place) {
  Taken* const known = at(place);
  if (known == nullptr || --known->policies != 0) return;
  free(place);
  taken_.erase(taken_.begin() + (known - taken_.data()));
}

Result<Placement> Placements::make_room(const tables::Tables& tables) {
  const auto count = [](std::size_t n) {
    return static_cast<std::uint32_t>(std::min<std::size_t>(n, UINT32_MAX));
  };
  const auto states = states_.take(count(tables.states.size()));
  if (!states) return no_room("states", tables.states.size(), states_);
  const auto transitions = transitions_.take(count(tables.transitions.size()));
  if (!transitions) {
    states_.give(*states);
    return no_room("transitions", tables.transitions.size(), transitions_);
  }
  const auto outcomes = outcomes_.take(count(tables.outcomes.size()));
  if (!outcomes) {
    states_.give(*states);
    transitions_.give(*transitions);
    return no_room("outcomes", tables.outcomes.size(), outcomes_);
  }
  return Placement{*states, *transitions, *outcomes};
}

void Placements::free(const Placement& place) {
  states_.give(place.states);
  transitions_.give(place.transitions);
  outcomes_.give(place.outcomes);
}

}  // namespace gatehouse::kernel
