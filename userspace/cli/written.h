// SPDX-License-Identifier: Apache-2.0
// A file that a verb writes for a person: there whole, or not at all. It must never leave half of one under the
// name that was given.
#pragma once

#include <string>

#include "base/result.h"

namespace gatehouse::cli {

Result<void> write_whole(const std::string& path, const std::string& text);

}  // namespace gatehouse::cli
