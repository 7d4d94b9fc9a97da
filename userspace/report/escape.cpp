// SPDX-License-Identifier: Apache-2.0
// First everything made visible, then the markup's own characters. It must never cut inside an escape.
#include "report/escape.h"

#include "base/quote.h"
#include "base/utf8.h"

namespace gatehouse::report {
namespace {

// Valid UTF-8 without control characters, cut after so many.
std::string cut(std::string text, std::size_t most) {
  std::string_view rest = text;
  std::size_t bytes = 0;
  for (std::size_t shown = 0; !rest.empty(); ++shown) {
    if (shown == most) return text.substr(0, bytes) + "…";
    const auto c = first_utf8(rest);
    bytes += c.length;
    rest.remove_prefix(c.length);
  }
  return text;
}

std::string entities(std::string_view text) {
  std::string out;
  for (const char c : text)
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  return out;
}

// Longer than any run of backticks inside; a bar would end the cell of a table.
std::string span(const std::string& text) {
  if (text.empty()) return "—";
  std::string inner;
  std::size_t run = 0, longest = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
    inner += c == '|' ? "\\|" : std::string(1, c);
  }
  const std::string fence(longest + 1, '`');
  const bool pad = inner.front() == '`' || inner.back() == '`' || inner.back() == '\\';
  return fence + (pad ? " " : "") + inner + (pad ? " " : "") + fence;
}

}  // namespace

std::string html(std::string_view text, std::size_t most) {
  return entities(cut(visible(text), most));
}

std::string html_words(const std::vector<std::string>& words, std::size_t most) {
  return entities(cut(visible_words(words), most));
}

std::string markdown(std::string_view text, std::size_t most) {
  return span(cut(visible(text), most));
}

std::string markdown_words(const std::vector<std::string>& words, std::size_t most) {
  return span(cut(visible_words(words), most));
}

}  // namespace gatehouse::report
