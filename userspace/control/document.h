// SPDX-License-Identifier: Apache-2.0
// One line → one JSON object, strictly: UTF-8, no member twice, bounded depth. It must never let the
// two ends of a connection read the same line in two ways.
#pragma once

#include <string_view>
#include <variant>

#include "control/protocol.h"

namespace gatehouse::control {

// `most`: bytes with the newline.
std::variant<Json, Refusal> parse_document(std::string_view line, std::size_t most);

}  // namespace gatehouse::control
