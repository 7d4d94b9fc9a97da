// SPDX-License-Identifier: Apache-2.0
// How values and their places are put into words. It must never print text of the author's unescaped.
#include "policy/value.h"

#include <cstdio>

#include "base/quote.h"

namespace gatehouse::policy {

const char* kind_of(const Value& value) {
  constexpr const char* kinds[] = {"null",     "a boolean", "a number", "a number",
                                   "a string", "an array",  "an object"};
  return kinds[value.data.index()];
}

std::string show(const Value& value) {
  if (const auto* text = value.string()) return quote(*text);
  if (const auto* number = value.integer()) return std::to_string(*number);
  if (const auto* flag = value.boolean()) return *flag ? "true" : "false";
  if (const auto* real = std::get_if<double>(&value.data)) {
    char buffer[40];
    std::snprintf(buffer, sizeof buffer, "%.10g", *real);
    return buffer;
  }
  return kind_of(value);
}

std::string child(std::string_view pointer, std::string_view key) {
  std::string out(pointer);
  out += '/';
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string child(std::string_view pointer, std::size_t index) {
  return std::string(pointer) + "/" + std::to_string(index);
}

}  // namespace gatehouse::policy
