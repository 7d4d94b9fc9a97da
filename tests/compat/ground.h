// SPDX-License-Identifier: Apache-2.0
// Where cases work: a fresh home and workspace at the same paths each time, and what is found there
// afterwards. It must never leave anything of one run to the next.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "case.h"

namespace gatehouse::compat {

inline constexpr const char* kGround = "/srv/compat";  // an ext4 of its own
inline constexpr const char* kHome = "/srv/compat/home";
inline constexpr const char* kWorkspace = "/srv/compat/work";
inline constexpr uid_t kUser = 61001;
inline constexpr gid_t kUserGroup = 61001, kGatehouseGroup = 61000;

// Empties the ground and lays it anew.
void lay_ground();

// All that lies in the ground and in the places for temporary files: name, type, mode, owner, size and
// a hash of the content, one line each.
std::vector<std::string> picture(const Case& one);

// Processes of the user.
std::vector<pid_t> users_processes();

}  // namespace gatehouse::compat
