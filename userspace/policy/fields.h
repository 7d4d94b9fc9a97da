// SPDX-License-Identifier: Apache-2.0
// Reading the members of one JSON object: types, limits and unknown keys in one place. It must never
// let a member through that nobody asked for: a key that is ignored is a rule that does not hold.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/report.h"
#include "policy/value.h"
#include "policy/words.h"

namespace gatehouse::policy {

// A key that an object may have. With `not_yet`, it is refused with that sentence instead.
struct Key {
  std::string_view name;
  std::string_view not_yet = {};
};

class Fields {
 public:
  // Reports `value` if it is no object, and every member whose key is not in `keys`.
  Fields(const Value& value, std::string at, const std::vector<Key>& keys, Report& report);

  [[nodiscard]] bool readable() const { return members_ != nullptr; }
  [[nodiscard]] const Value* find(std::string_view key) const;
  [[nodiscard]] const std::string& at() const { return at_; }
  [[nodiscard]] std::string at(std::string_view key) const { return child(at_, key); }
  [[nodiscard]] Report& report() const { return *report_; }

  // Each reports what is wrong and then gives nothing; an absent member gives nothing silently.
  [[nodiscard]] const std::string* string(std::string_view key) const;
  [[nodiscard]] std::optional<bool> boolean(std::string_view key) const;
  [[nodiscard]] const Value::Array* array(std::string_view key) const;
  // Text for people: no control characters (line breaks if allowed), at most `max` bytes.
  [[nodiscard]] std::string text(std::string_view key, std::size_t max, bool lines = false) const;
  [[nodiscard]] std::optional<Action> action(std::string_view key) const;
  // One of `words`.
  [[nodiscard]] std::optional<std::string_view> word(std::string_view key,
                                                     const Words& words) const;

  // Calls `take` with each element of an array that must not be empty and its pointer; a value that is
  // no array is taken as the only element when `or_single`.
  void each(std::string_view key, bool or_single,
            const std::function<void(const Value&, const std::string&)>& take) const;

 private:
  const Value::Object* members_ = nullptr;
  std::string at_;
  Report* report_;
};

// `value` as a string, or a finding.
const std::string* string_at(const Value& value, const std::string& at, Report& report);

// `value` as one of `words`, or a finding.
std::optional<std::string_view> word_at(const Value& value, const std::string& at,
                                        const Words& words, Report& report);

// "must be X, not Y" for the value at a place.
void wrong_type(const Value& value, const std::string& at, const char* wanted, Report& report);

}  // namespace gatehouse::policy
