// SPDX-License-Identifier: Apache-2.0
// Text → Value: JSON with // comments, read under limits. It must never let an exception of the JSON
// library out, nor let the shape of a hostile document decide how much stack is used.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "policy/report.h"
#include "policy/value.h"

namespace gatehouse::policy {

inline constexpr std::size_t kMaxFileBytes = 4u << 20;
inline constexpr std::size_t kMaxNesting = 32;

// Nothing if the text is not one JSON document; repeated keys are reported and the first one kept.
std::optional<Value> read_document(std::string_view text, Report& report);

// "line 3, column 7" of a byte of the text; columns count characters.
std::string line_and_column(std::string_view text, std::size_t offset);

// Pointer of a key that the author chose, or of its object if the key is not fit to be shown.
std::string pointer_to(std::string_view object, std::string_view key);

}  // namespace gatehouse::policy
