// SPDX-License-Identifier: Apache-2.0
// The operations that are timed, and the tree of files that they work on.
// It must never let one fail unseen: an operation that is refused would look fast.
#pragma once

#include <string>
#include <vector>

#include "hooks/measure.h"

namespace gatehouse::bench {

inline constexpr const char* kRoot = "/bench";  // a tmpfs of its own

// Mounts and fills kRoot; `true_program` is copied into it.
void make_tree(const std::string& true_program);

// The file `depth` components below "/", kRoot counted.
std::string file_at(unsigned depth);

// Made in the process that will run them.
std::vector<Operation> file_operations();
std::vector<Operation> network_operations();
std::vector<Operation> all_operations();

}  // namespace gatehouse::bench
