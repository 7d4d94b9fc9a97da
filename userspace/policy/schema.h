// SPDX-License-Identifier: Apache-2.0
// A second opinion on a policy's text: the JSON schema that editors use. It must never be the only
// check: it knows shapes, not meanings.
#pragma once

#include <string>

#include "base/diagnostic.h"

namespace gatehouse::policy {

// Name of the schema in a policy directory.
inline constexpr const char* kSchemaFile = "policy.v1.schema.json";

// Errors where `text` is not what `schema` describes. `file` is how messages name the text.
void validate_schema(const std::string& text, const std::string& schema, const std::string& file,
                     Diagnostics& diagnostics);

}  // namespace gatehouse::policy
