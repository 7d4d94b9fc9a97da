// SPDX-License-Identifier: Apache-2.0
// One character of UTF-8 at a time, and which characters must not reach a terminal as they are. It must
// never guess: an overlong, cut or surrogate sequence is invalid, and its first byte stands alone.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace gatehouse {

struct Utf8Char {
  char32_t code = 0;       // the byte itself when invalid
  std::size_t length = 0;  // bytes taken; 0 only for empty text
  bool valid = false;
};

Utf8Char first_utf8(std::string_view text);

// Offset of the first byte that is not part of valid UTF-8.
std::optional<std::size_t> find_invalid_utf8(std::string_view text);

// Characters that reorder or hide the text around them ("Trojan Source"): bidirectional controls,
// zero-width characters, separators of lines and tags.
bool is_deceptive(char32_t code);

// Control characters (C0, DEL, C1) and the deceptive ones.
bool is_unprintable(char32_t code);

}  // namespace gatehouse
