// SPDX-License-Identifier: Apache-2.0
// Events for the tests of this room. It must never change without the lines that the tests spell out.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "events/event.h"

namespace gatehouse::sinks {

inline events::Event denied_read(std::string path) {
  using namespace events;
  Event event;
  event.time = 1'700'000'000'123'456'789;
  event.origin = Origin{7, 1};
  event.session = {3, "night-shift", {{"team", "a"}}};
  event.policy = {"coding-agent", 9};
  event.process = {100, 101, 99, 1000, 1001, 123'456'789, "cat", "/bin/cat"};
  Decision decision;
  decision.object.text = std::move(path);
  decision.rule = {"secrets", "coding-agent", "credentials"};
  event.body = decision;
  return event;
}

template <std::size_t... I>
std::vector<events::Event> one_of_each(std::index_sequence<I...>) {
  std::vector<events::Event> all(sizeof...(I));
  ((all[I].body.emplace<I>()), ...);
  return all;
}
inline std::vector<events::Event> one_of_each() {
  return one_of_each(std::make_index_sequence<std::variant_size_v<events::Body>>{});
}

}  // namespace gatehouse::sinks
