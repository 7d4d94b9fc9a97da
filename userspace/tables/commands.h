// SPDX-License-Identifier: Apache-2.0
// A command of a rule as patterns of the command automaton (abi.h): the program, NUL, its arguments. It must never
// match by argv[0], which the caller chooses.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "policy/model.h"
#include "tables/glob.h"
#include "tables/symlinks.h"

namespace gatehouse::tables {

struct ParsedCommand {
  std::vector<std::vector<Label>> patterns;
  std::vector<Glob> programs;      // the first word, for who sees the program alone
  std::vector<std::string> notes;  // links of this host that were followed
  std::optional<GlobError> error;
  std::size_t word = 0;  // number of the word that is wrong
};

// `words`: not empty. A first word without '/' is a program's name, wherever it lies. `exact`: no
// arguments follow.
ParsedCommand parse_command(const policy::CommandRule::Command& words,
                            const policy::Context& context, Symlinks& links, SetPool& sets,
                            bool exact = false);

// A program by its path, with whatever arguments.
std::vector<Label> with_any_arguments(const Glob& program);

}  // namespace gatehouse::tables
