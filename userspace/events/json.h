// SPDX-License-Identifier: Apache-2.0
// One flat JSON object, appended member by member in the order of the calls, without a tree in
// between. It must never emit a byte that is not UTF-8, nor a raw control or bidirectional
// character.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::events {

// Appends `text` as a JSON string. What is not UTF-8 becomes U+FFFD; false: there was such a byte.
bool append_json_string(std::string& out, std::string_view text);

std::string base64(std::string_view bytes);
// Nothing for a text that base64() does not write.
std::optional<std::string> from_base64(std::string_view text);

// Opens an object when made and closes it when it goes.
class JsonObject {
 public:
  explicit JsonObject(std::string& out) : out_(out) { out_ += '{'; }
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;
  ~JsonObject() { out_ += '}'; }

  // "key":"text", followed by "key_bytes":"base64" when text is not UTF-8.
  void text(std::string_view key, std::string_view text);
  // "key":["…"], followed by "key_bytes":["base64",…], all of them, when any is not UTF-8.
  void list(std::string_view key, const std::vector<std::string>& texts);
  void number(std::string_view key, std::uint64_t value);
  void integer(std::string_view key, std::int64_t value);
  // As a string of decimal digits: for numbers that a double does not hold.
  void wide(std::string_view key, std::uint64_t value);
  void boolean(std::string_view key, bool value);
  // Opens a nested object: JsonObject inner = outer.object("key").
  [[nodiscard]] JsonObject object(std::string_view key);
  // `json` is taken as it is.
  void raw(std::string_view key, std::string_view json);

 private:
  void name(std::string_view key);

  std::string& out_;
  bool first_ = true;
};

}  // namespace gatehouse::events
