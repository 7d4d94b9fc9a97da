// SPDX-License-Identifier: Apache-2.0
// A JSON document as plain values, members in the order in which the author wrote them. It must never
// hold two members of one name: document.cpp refuses those while it reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace gatehouse::policy {

struct Member;

struct Value {
  using Array = std::vector<Value>;
  using Object = std::vector<Member>;
  // double: also whole numbers that 64 bits do not hold.
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> data;

  [[nodiscard]] const std::string* string() const { return std::get_if<std::string>(&data); }
  [[nodiscard]] const std::int64_t* integer() const { return std::get_if<std::int64_t>(&data); }
  [[nodiscard]] const bool* boolean() const { return std::get_if<bool>(&data); }
  [[nodiscard]] const Array* array() const { return std::get_if<Array>(&data); }
  [[nodiscard]] const Object* object() const { return std::get_if<Object>(&data); }
};

struct Member {
  std::string key;
  Value value;
};

// "a string", "an array", …: what a value is, for messages.
const char* kind_of(const Value& value);

// The value itself as a message shows it: quoted, cut, or its kind when it is a container.
std::string show(const Value& value);

// JSON pointers (RFC 6901) of a member and of an element.
std::string child(std::string_view pointer, std::string_view key);
std::string child(std::string_view pointer, std::size_t index);

}  // namespace gatehouse::policy
