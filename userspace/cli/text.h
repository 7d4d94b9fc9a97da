// SPDX-License-Identifier: Apache-2.0
// Columns and colours of what people read on a terminal. It must never pass on a control character of
// somebody else's text, nor colour where NO_COLOR or a pipe says not to.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace gatehouse::cli {

enum class Tone { plain, good, bad, busy, dim };

bool coloured(int fd);
std::string toned(const std::string& text, Tone tone, bool colour);

// Rows under their heads, each column as wide as it must be; the last one takes what is left of the
// terminal's width and is cut there.
class Table {
 public:
  explicit Table(std::vector<std::string> heads) : rows_{std::move(heads)} {}
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  void print(std::ostream& out, std::size_t columns) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// Of standard output; 80 where there is no terminal to ask… a pipe has no limit: 0.
std::size_t columns_of(int fd);

// "3 min", "12 s": how long ago an RFC 3339 time was.
std::string ago(const std::string& rfc3339);

}  // namespace gatehouse::cli
