// SPDX-License-Identifier: Apache-2.0
// The escapes behind quote.h. They must never be ambiguous: a backslash of the text is doubled.
#include "base/quote.h"

#include <cstdio>
#include <limits>

#include "base/utf8.h"

namespace gatehouse {
namespace {

void append_escape(std::string& out, const Utf8Char& c) {
  char buffer[16];
  const auto code = static_cast<unsigned>(c.code);
  if (!c.valid || code < 0x100) {
    std::snprintf(buffer, sizeof buffer, "\\x%02x", code);
  } else {
    std::snprintf(buffer, sizeof buffer, code > 0xffff ? "\\U%08x" : "\\u%04x", code);
  }
  out += buffer;
}

void append_visible(std::string& out, std::string_view text, std::size_t max, bool quoted) {
  for (std::size_t shown = 0; !text.empty(); ++shown) {
    if (shown == max) {
      out += "…";
      return;
    }
    const Utf8Char c = first_utf8(text);
    if (c.code == '\n') {
      out += "\\n";
    } else if (c.code == '\t') {
      out += "\\t";
    } else if (c.code == '\\' || (quoted && c.code == '"')) {
      out += '\\';
      out += static_cast<char>(c.code);
    } else if (!c.valid || is_unprintable(c.code)) {
      append_escape(out, c);
    } else {
      out += text.substr(0, c.length);
    }
    text.remove_prefix(c.length);
  }
}

}  // namespace

std::string quote(std::string_view text, std::size_t max) {
  std::string out = "\"";
  append_visible(out, text, max, true);
  return out + "\"";
}

std::string visible(std::string_view text) {
  std::string out;
  append_visible(out, text, std::numeric_limits<std::size_t>::max(), false);
  return out;
}

std::string visible_words(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    const bool plain = !word.empty() && word.find_first_of(" \t\n'\"") == std::string::npos;
    if (!out.empty()) out += ' ';
    out += plain ? visible(word) : quote(word, std::numeric_limits<std::size_t>::max());
  }
  return out;
}

}  // namespace gatehouse
