// SPDX-License-Identifier: Apache-2.0
// A policy made ready for a session: read, parsed, compiled, and the texts it was made of. It must never
// be half there: it is refused with every finding, or whole.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "policy/model.h"
#include "sessions/session.h"
#include "tables/tables.h"

namespace gatehouse::daemon {

using Sources = std::vector<sessions::PolicySource>;

struct Prepared {
  policy::Policy policy;
  tables::Tables tables;
  Sources sources;  // what it extends, in the order of reading, then the policy's own file
};

// `name`: a file, or ":name" of an installed policy.
// `mandatory`: files of the host whose layers every policy gets.
std::optional<Prepared> prepare_file(const std::string& name, const policy::Context& context,
                                     Diagnostics& diagnostics,
                                     const std::vector<std::string>& mandatory = {});
// From texts read before (by a client, or before a restart); nothing is read again.
std::optional<Prepared> prepare_sources(const Sources& sources, const policy::Context& context,
                                        Diagnostics& diagnostics,
                                        const std::vector<std::string>& mandatory = {});

// Reads the texts of a policy without compiling it, for a client that sends them.
std::optional<Sources> read_sources(const std::string& name, Diagnostics& diagnostics);

// The default of `run -p`: policies/coding-agent.json beside the checkout's build, else the installed.
std::string default_policy();

}  // namespace gatehouse::daemon
