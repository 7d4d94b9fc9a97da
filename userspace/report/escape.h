// SPDX-License-Identifier: Apache-2.0
// An agent's text inside a page: hostile, and shown as what it is. It must never let a byte through that a
// browser, a Markdown reader or an eye could take for something else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::report {

// Text of an element or of a quoted attribute; what cannot be seen is shown by its number. At most `most`
// characters, then "…".
std::string html(std::string_view text, std::size_t most = 600);
std::string html_words(const std::vector<std::string>& words, std::size_t most = 600);

// A code span of Markdown, also inside a table's cell.
std::string markdown(std::string_view text, std::size_t most = 300);
std::string markdown_words(const std::vector<std::string>& words, std::size_t most = 300);

}  // namespace gatehouse::report
