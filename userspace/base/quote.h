// SPDX-License-Identifier: Apache-2.0
// Somebody else's text inside a message of ours: quoted, cut, and with everything made visible that
// could fool a reader or a terminal. It must never let a control or bidirectional character through.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

// "text" in double quotes; after `max` characters an ellipsis takes the place of the rest.
std::string quote(std::string_view text, std::size_t max = 60);

// The same without quotes and without a limit.
std::string visible(std::string_view text);

// The words of a command on one line: those that would look like several, or like none, are quoted.
std::string visible_words(const std::vector<std::string>& words);

}  // namespace gatehouse
