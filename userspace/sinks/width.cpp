// SPDX-License-Identifier: Apache-2.0
// How wide text is and what a terminal can show: the measures behind human.h. It must never ask the
// locale: a daemon has none.
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/utf8.h"
#include "sinks/human.h"

namespace gatehouse::sinks {
namespace {

std::size_t width_of_code(char32_t c) {
  const bool combining = (c >= 0x300 && c <= 0x36f) || (c >= 0x1ab0 && c <= 0x1aff) ||
                         (c >= 0x20d0 && c <= 0x20ff) || (c >= 0xfe00 && c <= 0xfe0f);
  if (combining) return 0;
  const bool wide = (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
                    (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
                    (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
                    (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1faff) ||
                    (c >= 0x20000 && c <= 0x3fffd);
  return wide ? 2 : 1;
}

}  // namespace

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Utf8Char c = first_utf8(text);
    width += width_of_code(c.code);
    text.remove_prefix(c.length);
  }
  return width;
}

std::string elide(std::string_view text, std::size_t columns) {
  if (width_of(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::vector<std::string_view> characters;
  for (std::string_view rest = text; !rest.empty();) {
    const Utf8Char c = first_utf8(rest);
    characters.push_back(rest.substr(0, c.length));
    rest.remove_prefix(c.length);
  }
  // The end of a path tells more than its beginning.
  const std::size_t head = (columns - 1) / 3;
  const std::size_t tail = columns - 1 - head;
  std::string front;
  std::size_t taken = 0;
  for (const std::string_view c : characters) {
    taken += width_of(c);
    if (taken > head) break;
    front += c;
  }
  std::size_t from = characters.size();
  taken = 0;
  while (from > 0 && taken + width_of(characters[from - 1]) <= tail) {
    taken += width_of(characters[--from]);
  }
  std::string out = front + "…";
  for (; from < characters.size(); ++from) {
    out += characters[from];
  }
  return out;
}

HumanStyle style_of(int fd) {
  HumanStyle style;
  style.columns = 0;
  if (!::isatty(fd)) return style;
  winsize size{};
  style.columns = ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20 ? size.ws_col : 80;
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  style.colour = !(no_colour && *no_colour) && !(term && std::strcmp(term, "dumb") == 0);
  return style;
}

}  // namespace gatehouse::sinks
