// SPDX-License-Identifier: Apache-2.0
// Bytes made smaller for the way, as HTTP's "Content-Encoding: gzip" has them. It must never be used on
// what both a secret and an agent's words are in.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace gatehouse::web {

Result<std::string> gzip(std::string_view text);

}  // namespace gatehouse::web
