// SPDX-License-Identifier: Apache-2.0
// The path patterns of a policy as text: where they may start, which variables they name, and forms
// that no resolved path ever has. It must never interpret a glob: that is the compiler's part.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/report.h"
#include "policy/value.h"

namespace gatehouse::policy {

inline constexpr std::size_t kMaxPatternBytes = 4096;

// "variables" of one file, in its order. `workspace` and `home` are the session's and not among them.
using Variables = std::vector<std::pair<std::string, std::string>>;

Variables read_variables(const Value& value, const std::string& at, Report& report);

enum class PathKind { pattern, path };  // path: of a test, without wildcards

// With the file's own variables replaced by their text; `~`, `${workspace}` and `${home}` stay.
std::optional<std::string> read_path(const Value& value, const std::string& at, PathKind kind,
                                     const Variables& variables, Report& report);

// The file's own variables replaced by their text; nothing, and a finding, where one is not known.
std::optional<std::string> expand_variables(const std::string& text, const std::string& at,
                                            const Variables& variables, Report& report);

// What must be equal for two patterns to be compared as text: "/", "~", "${workspace}" or "**".
std::string_view start_of(std::string_view pattern);

}  // namespace gatehouse::policy
