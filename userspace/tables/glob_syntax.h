// SPDX-License-Identifier: Apache-2.0
// The syntax tree of a glob, between its text and its alternatives.
// It must never be seen outside glob*.cpp.
#pragma once

#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "tables/glob.h"

namespace gatehouse::tables {

// An unescaped '~': the home directory if it comes to stand at the very start, else itself.
constexpr Label kTilde = 260;

struct GlobPiece;
using GlobSequence = std::vector<GlobPiece>;
struct GlobPiece {
  Label label = 0;                          // when `branches` is empty
  std::vector<GlobSequence> branches = {};  // of {a,b}
};

std::optional<GlobError> parse_syntax(std::string_view text, const policy::Context& context,
                                      SetPool& sets, GlobSequence& out);

}  // namespace gatehouse::tables
