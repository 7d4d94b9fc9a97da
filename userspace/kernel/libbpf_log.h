// SPDX-License-Identifier: Apache-2.0
// What libbpf says: to our own log at debug level, and the verifier's last words kept for the message
// of the error that follows. It must never print to the terminal.
#pragma once

#include <string>
#include <string_view>

namespace gatehouse::kernel {

// From now on libbpf speaks through here. Cheap to call again.
void listen_to_libbpf();

// What libbpf warned about since the last call, all of it (a verifier log may be long).
std::string take_libbpf_warnings();

// Out of such text: the program that did not load, "" if none is named.
std::string failed_program(std::string_view warnings);

// The last `lines` lines of the verifier's log that say something; the program's name when there is none.
std::string verifier_tail(std::string_view warnings, int lines);

}  // namespace gatehouse::kernel
