// SPDX-License-Identifier: Apache-2.0
// One glob, from its text to plain component lists: variables put in, braces multiplied out, `**` in
// canonical places. It must never guess: what has two readings is refused with a hint.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/model.h"
#include "tables/labels.h"

namespace gatehouse::tables {

// One component: bytes, kStar, sets; or kDeep alone. The path "/" has no components.
using Component = std::vector<Label>;
struct Glob {
  std::vector<Component> components;
};

struct GlobError {
  std::string message;
  std::string hint;
};

// One text may stand for several globs (braces). A single one may not stand for more than this.
constexpr std::size_t kMaxAlternatives = 4096;

struct ParsedGlob {
  std::vector<Glob> alternatives;
  std::optional<GlobError> error;
};

ParsedGlob parse_glob(std::string_view text, const policy::Context& context, SetPool& sets);

// The same for the names of abstract unix sockets, as labels of the tree: `*` and `**` are any bytes.
struct ParsedNames {
  std::vector<std::vector<Label>> alternatives;
  std::optional<GlobError> error;
};
ParsedNames parse_names(std::string_view text, const policy::Context& context, SetPool& sets);

// One argument of a command, as a component of what the command automaton is fed (abi.h): `*` is any bytes,
// '/' included, and `**` alone any number of arguments.
struct ParsedArgument {
  std::vector<Component> alternatives;
  std::optional<GlobError> error;
};
ParsedArgument parse_argument(std::string_view text, const policy::Context& context, SetPool& sets);

// What the tree is built from: the labels after the first '/'.
std::vector<Label> tree_labels(const Glob& glob);

// How many components, from the first on, are bytes alone; and those as text.
std::size_t literal_components(const Glob& glob);
std::string literal_text(const Glob& glob, std::size_t components);

// `~` and `${name}` put into a text that is a path, not a glob.
std::optional<std::string> expand_path(std::string_view text, const policy::Context& context,
                                       GlobError& error);

// The value of ${name}, if it has one that is not empty.
std::optional<std::string> variable(std::string_view name, const policy::Context& context);

}  // namespace gatehouse::tables
