// SPDX-License-Identifier: Apache-2.0
// A Story as one page. It must never refer to anything outside of itself: no script, no font, no picture, no
// address that a browser would ask.
#pragma once

#include <string>

#include "report/story.h"

namespace gatehouse::report {

// How much of each list is shown; the rest is counted.
struct Limits {
  std::size_t processes = 400, files = 600, hosts = 200, commands = 150, asks = 150, denials = 80,
              calls = 150, examples = 8, of_a_call = 4, depth = 40;
};

struct Reader {
  std::string owner;   // name of the session's owner; "": not known
  std::string source;  // what the events were read from, for the foot of the page
  std::string made;    // when the page was made
};

std::string html_page(const Story& story, const Reader& reader, const Limits& limits = {});
std::string markdown_page(const Story& story, const Reader& reader, const Limits& limits = {});

// Events over time, questions, and the session's span: inline SVG without a style of its own.
std::string timeline(const Story& story);

// The page's only style: dark and light, screen and paper.
const char* style();

}  // namespace gatehouse::report
