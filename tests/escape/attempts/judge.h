// SPDX-License-Identifier: Apache-2.0
// How an act is judged by its effect: bytes read, a file changed, a name made, an ear that heard. It must
// never report an escape that it did not see, nor leave behind what it saw.
#pragma once

#include <functional>
#include <string>

#include "attempt.h"

namespace gatehouse::escape {

using Act = std::function<int()>;  // 0, or errno

inline int said(long result) { return result < 0 ? errno : 0; }

// Escaped when the descriptor (closed afterwards) gives the canary; errno is kept from before when it is
// none.
Outcome reads_canary(const Ground& ground, int fd);
Outcome reads_canary_at(const Ground& ground, const std::string& path);
Outcome holds_canary(const Ground& ground, const void* bytes, std::size_t size, int error = 0);

// Escaped when the file is another afterwards in content, owner, mode, times, attributes or flags. It is
// put back.
Outcome changes(const std::string& path, const Act& act);
// Opens `kept` for writing in a way of its own and writes.
Outcome changes_kept(const Ground& ground, const Act& act);
// Escaped when the name exists afterwards, which it did not before. It is removed.
Outcome makes(const std::string& path, const Act& act);
// Escaped when the name is gone afterwards. It must be put back by `undo`.
Outcome removes(const std::string& path, const Act& act, const Act& undo);
// Escaped when the ear hears something within a second.
Outcome heard(const Ground& ground, Ear ear, const Act& act);
// Escaped when the victim counts the signal.
Outcome signalled(const Ground& ground, int signal, const Act& act);
// For calls without an effect that could be looked at.
Outcome returned(long result, const std::string& what);

// Runs it in a child, with its errno or what it says as the outcome.
Outcome in_child(const std::function<Outcome()>& act);
bool wait_until(const std::function<bool()>& so, double seconds);

bool exists(const std::string& path);
std::string text_of(const std::string& path);
// Opened and written in one go; errno or 0.
int write_to(const std::string& path, const std::string& text, int flags = 0);
int write_text(int fd, const std::string& text);  // closes
void sleep_ms(int ms);

}  // namespace gatehouse::escape
