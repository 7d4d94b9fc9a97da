// SPDX-License-Identifier: Apache-2.0
// Text → Model: one policy file and the files that it extends, with everything that is wrong in them
// said at once. It must never accept a key that it does not enforce, nor give a Policy beside an error.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/result.h"
#include "policy/model.h"

namespace gatehouse::policy {

inline constexpr std::size_t kMaxExtendsDepth = 8;
inline constexpr std::size_t kMaxLayers = 32;

struct Source {
  std::string file;  // as messages name it; two sources of one name are the same file
  std::string text;
};

// Finds what `from_file` names in "extends". Pure parsing: tests pass text.
using Loader = std::function<Result<Source>(const std::string& name, const std::string& from_file)>;

// Nothing if there was an error. Warnings and notes may accompany a success.
std::optional<Policy> parse(const Source& source, const Loader& loader, Diagnostics& diagnostics);

// The same below layers of the host that nobody may loosen: they are appended, and their rules keep
// their ids where the policy's own use the same ones.
std::optional<Policy> parse_with_mandatory(const Source& source,
                                           const std::vector<Source>& mandatory,
                                           const Loader& loader, Diagnostics& diagnostics);

}  // namespace gatehouse::policy
