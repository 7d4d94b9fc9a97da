// SPDX-License-Identifier: Apache-2.0
// The one door to the JSON library for reading. It must never appear in a header of ours: it is the
// slowest header of the build, and its exceptions end behind this function.
#pragma once

#include <optional>
#include <string_view>

#include "policy/report.h"
#include "policy/value.h"

namespace gatehouse::policy {

// `text` is valid UTF-8 without NUL.
std::optional<Value> read_json(std::string_view text, Report& report);

}  // namespace gatehouse::policy
