// SPDX-License-Identifier: Apache-2.0
// Policy files of this host, and the names under which they are found. It must never wait for a file:
// pipes, devices and directories are refused before anything is read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/parse.h"

namespace gatehouse::policy {

// Where `:name` is looked for: beside the binary's checkout, then where packages install.
std::vector<std::string> policy_directories();

// The files that a name may mean, in order: a path relative to the file that names it ("" = as it is),
// or `:name` in the directories. Pure; empty if the name can be none.
std::vector<std::string> candidates(const std::string& name, const std::string& from_file,
                                    const std::vector<std::string>& directories);

// The text of a file of at most 4 MiB.
Result<Source> read_source(const std::string& file);

// Reads from this host.
Loader host_loader(std::vector<std::string> directories = policy_directories());

// Finds in texts that were read before, and reads nothing.
Loader memory_loader(std::vector<Source> sources, std::vector<std::string> directories = {});

// `name`: a path, or `:name`. A file that cannot be read is an error in `diagnostics`.
std::optional<Policy> load(const std::string& name, Diagnostics& diagnostics,
                           const std::vector<std::string>& directories = policy_directories());
std::optional<Policy> load_with_mandatory(
    const std::string& name, const std::vector<std::string>& mandatory, Diagnostics& diagnostics,
    const std::vector<std::string>& directories = policy_directories());

}  // namespace gatehouse::policy
