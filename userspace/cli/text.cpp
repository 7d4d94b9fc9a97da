// SPDX-License-Identifier: Apache-2.0
// Tables and tones. It must never wrap a row.
#include "cli/text.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <iostream>

#include "base/quote.h"
#include "events/time.h"
#include "sinks/human.h"

namespace gatehouse::cli {

bool coloured(int fd) { return sinks::style_of(fd).colour; }

std::string toned(const std::string& text, Tone tone, bool colour) {
  if (!colour || tone == Tone::plain) return text;
  const char* code = tone == Tone::good   ? "32"
                     : tone == Tone::bad  ? "31"
                     : tone == Tone::busy ? "33"
                                          : "2";
  return std::string("\x1b[") + code + "m" + text + "\x1b[0m";
}

std::size_t columns_of(int fd) {
  winsize size = {};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 0;
}

void Table::print(std::ostream& out, std::size_t columns) const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); i++) {
      if (i >= widths.size()) widths.push_back(0);
      widths[i] = std::max(widths[i], sinks::width_of(visible(row[i])));
    }
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); i++) {
      const std::string cell = visible(row[i]);
      if (i + 1 == row.size()) {
        const std::size_t used = sinks::width_of(line);
        line += columns > used + 4 ? sinks::elide(cell, columns - used) : cell;
      } else {
        line += cell + std::string(widths[i] - sinks::width_of(cell) + 2, ' ');
      }
    }
    out << line << "\n";
  }
}

std::string ago(const std::string& rfc3339) {
  const auto then = events::from_rfc3339(rfc3339);
  if (!then) return "?";
  const auto seconds = std::time(nullptr) - *then / 1'000'000'000;
  if (seconds < 120) return std::to_string(std::max<long>(seconds, 0)) + " s";
  if (seconds < 7200) return std::to_string(seconds / 60) + " min";
  return std::to_string(seconds / 3600) + " h";
}

}  // namespace gatehouse::cli
