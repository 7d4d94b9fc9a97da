// SPDX-License-Identifier: Apache-2.0
// Model → Tables. Pure: it must never read the host (symlinks of literal prefixes are found by a resolver
// that the caller passes) and never cut what does not fit: it refuses with the figure and the rules.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/diagnostic.h"
#include "policy/model.h"
#include "tables/tables.h"

namespace gatehouse::tables {

// Given an absolute path without globs: where it leads if some component of it is a symlink on this
// host (the whole path resolved), nothing if there is none or the path does not exist.
using SymlinkResolver = std::function<std::optional<std::string>(const std::string& path)>;

// Nothing and errors in `diagnostics` when refused. Warnings and notes (unreachable rules, prefixes that
// are symlinks) may accompany a success.
std::optional<Tables> compile(const policy::Policy& policy, const policy::Context& context,
                              const SymlinkResolver& resolve, Diagnostics& diagnostics);

// The resolver for this host.
std::optional<std::string> resolve_on_host(const std::string& path);

}  // namespace gatehouse::tables
