// SPDX-License-Identifier: Apache-2.0
// The other mode of the program: a process outside of the session that attempts reach for. It must never
// act by itself: it counts signals and waits.
#pragma once

#include <string>

namespace gatehouse::escape {

// Writes "address" and "key" facts to DIRECTORY/victim, then waits for its end.
[[noreturn]] void be_victim(const std::string& directory);

}  // namespace gatehouse::escape
