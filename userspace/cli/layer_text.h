// SPDX-License-Identifier: Apache-2.0
// A change of a policy file that a person has seen before it is made. It must never write what was not shown, agreed
// to, and found to be a policy as good as before.
#pragma once

#include <optional>
#include <string>

#include "cli/verbs.h"
#include "daemon/prepared.h"
#include "policy/rewriting.h"

namespace gatehouse::cli {

// Text and file of a layer, under change. Each function complains and sets the status where it gives nothing.
struct LayerText {
  policy::Rewriting file;
  std::string text;  // the new one
};

std::optional<policy::Rewriting> open_layer(Shared& shared, const std::string& file);

// The file's policy as it would be with that text, compiled and its tests run.
std::optional<daemon::Prepared> prepare_layer(Shared& shared, const std::string& file,
                                              const std::string& text,
                                              const policy::Context& context);

// Shows the change, and asks on the terminal unless `yes`.
bool agreed(Shared& shared, const LayerText& change, bool yes);

// Where this file is and what `~` is, for a policy that no session is asked about.
policy::Context own_context();

}  // namespace gatehouse::cli
