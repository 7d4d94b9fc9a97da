// SPDX-License-Identifier: Apache-2.0
// The fixed words of the language and what they stand for, taken from abi.h so that a new access needs
// no change here. It must never accept a word in another case or spelling than the documented one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/model.h"

namespace gatehouse::policy {

inline constexpr AccessSet kAllPathAccesses = kWriteSet | access_bit(GH_READ) | access_bit(GH_EXEC);
inline constexpr AccessSet kAllNetAccesses = access_bit(GH_CONNECT) | access_bit(GH_SEND) |
                                             access_bit(GH_BIND) | access_bit(GH_LISTEN) |
                                             access_bit(GH_ACCEPT);
// Accesses that only connections have.
inline constexpr AccessSet kStreamAccesses = access_bit(GH_LISTEN) | access_bit(GH_ACCEPT);

using Words = std::vector<std::string_view>;

std::optional<Action> action_of(std::string_view word);
// gh_access, of all that has a path; `write` is GH_WRITE alone.
std::optional<int> path_access_of(std::string_view word);
std::optional<int> net_access_of(std::string_view word);  // gh_access
std::optional<int> protocol_of(std::string_view word);    // GH_PROTO_*

PrivilegeSet privileges_of(std::string_view word);  // none: no such word; two have one word

// What a word means in a rule or default: `write` is kWriteSet, others their own bit.
AccessSet path_accesses_of(int access);

const Words& action_words();
const Words& path_access_words();  // of the filesystem section
const Words& unix_access_words();
const Words& net_access_words();
const Words& protocol_words();
const Words& privilege_words();

const char* name_of(Action action);

// The known word that a slip of the finger may have meant.
std::optional<std::string_view> nearest(std::string_view word, const Words& known);

// "a, b or c".
std::string one_of(const Words& words);

// "did you mean "x"?" or "one of a, b or c".
std::string suggestion(std::string_view word, const Words& known);

}  // namespace gatehouse::policy
