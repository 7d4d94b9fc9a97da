// SPDX-License-Identifier: Apache-2.0
// Members of JSON that another Gatehouse wrote, of either of nlohmann's kinds. It must never throw at one
// that is missing or of another type, nor take a number with a sign or a fraction: those read as nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "events/json.h"

namespace gatehouse::events {

template <typename Json>
std::string text_in(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->template get<std::string>()
                                                     : std::string{};
}

template <typename Json>
std::uint64_t number_in(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_unsigned() ? found->template get<std::uint64_t>()
                                                              : 0;
}

// The text that JsonObject::text wrote, its bytes where it was not UTF-8.
template <typename Json>
std::string bytes_in(const Json& object, const char* name) {
  const auto exact = from_base64(text_in(object, (std::string(name) + "_bytes").c_str()));
  return exact && !exact->empty() ? *exact : text_in(object, name);
}

// Of a list, those that are strings.
template <typename Json>
std::vector<std::string> words_in(const Json& object, const char* name) {
  std::vector<std::string> words;
  const auto found = object.find(name);
  if (found == object.end() || !found->is_array()) return words;
  for (const auto& word : *found)
    if (word.is_string()) words.push_back(word.template get<std::string>());
  return words;
}

// The list that JsonObject::list wrote, likewise.
template <typename Json>
std::vector<std::string> words_of_bytes_in(const Json& object, const char* name) {
  auto words = words_in(object, name);
  const auto exact = words_in(object, (std::string(name) + "_bytes").c_str());
  for (std::size_t i = 0; i < words.size() && exact.size() == words.size(); ++i)
    if (auto bytes = from_base64(exact[i])) words[i] = std::move(*bytes);
  return words;
}

}  // namespace gatehouse::events
