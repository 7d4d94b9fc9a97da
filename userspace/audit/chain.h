// SPDX-License-Identifier: Apache-2.0
// What makes a line of the audit log a record: its number, and a hash over it and all records before it.
// It must never look at what a record says.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::audit {

// BLAKE2b-256. The chain of a log that has no record yet is all zero.
using Link = std::array<unsigned char, 32>;

// The link of a record whose line begins with `text`: all of it up to its member `chain`.
Link next_link(const Link& before, std::string_view text);

std::string to_text(const Link& link);  // base64
std::optional<Link> link_of(std::string_view text);

// 16 hexadecimal digits of a hash: for names and for people.
std::string digits_of(std::string_view bytes);

// {…} with a number becomes {…,"record":N; what follows is seal()ed.
void number(std::string& object, std::uint64_t record);
// The number that number() wrote at the end of `text`; 0: none.
std::uint64_t number_of(std::string_view text);

// Appends the chain's member, that of the signature unless it is empty, and the brace.
void seal(std::string& text, const Link& link, std::string_view signature = {});

// A line of a log in its parts, which lie in `line`.
struct Sealed {
  std::string_view text;       // what the link is made of
  std::string_view chain;      // base64
  std::string_view signature;  // base64; empty: there is none
};
// Nothing for a line that seal() does not end like that.
std::optional<Sealed> unseal(std::string_view line);

}  // namespace gatehouse::audit
