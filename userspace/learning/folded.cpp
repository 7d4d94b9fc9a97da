// SPDX-License-Identifier: Apache-2.0
// Names: which bytes of one are likely to be others in the next run. It must never make a wildcard of a whole
// name that a person could have chosen.
#include <algorithm>
#include <cctype>

#include "base/utf8.h"
#include "learning/generalise.h"

namespace gatehouse::learning {
namespace {

bool digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool hex(char c) { return digit(c) || (c >= 'a' && c <= 'f'); }
bool word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

template <typename Is>
std::size_t run(std::string_view text, std::size_t at, Is is) {
  std::size_t length = 0;
  while (at + length < text.size() && is(text[at + length]))
    ++length;
  return length;
}

// Of a hash or UUID: at least twelve, with a digit and a letter, or all digits of a long number.
bool hash_like(std::string_view text) {
  if (text.size() < 12) return false;
  return std::any_of(text.begin(), text.end(), digit);
}

// What mkstemp and the like make of XXXXXX: mixed, and no word.
bool random_like(std::string_view text) {
  if (text.size() < 6) return false;
  const bool digits = std::any_of(text.begin(), text.end(), digit);
  const auto inner = text.substr(1);
  const bool upper =
      std::any_of(inner.begin(), inner.end(), [](unsigned char c) { return std::isupper(c) != 0; });
  const bool lower =
      std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::islower(c) != 0; });
  return (digits && text.size() >= 8) || (digits && upper) || (upper && lower);
}

// 1.2, 1.2.3, …: digits with points in between.
std::size_t version(std::string_view text, std::size_t at) {
  std::size_t length = run(text, at, digit), points = 0;
  if (length == 0) return 0;
  while (at + length + 1 < text.size() && text[at + length] == '.' &&
         digit(text[at + length + 1])) {
    length += 1 + run(text, at + length + 1, digit);
    ++points;
  }
  return points == 0 ? 0 : length;
}

}  // namespace

std::string escaped(std::string_view bytes) {
  static constexpr std::string_view kSpecial = "*?[]{},$\\";
  std::string out;
  while (!bytes.empty()) {
    const Utf8Char c = first_utf8(bytes);
    // A policy is text that people read: what they would not see is any byte there.
    if (!c.valid || is_unprintable(c.code)) {
      out.append(c.length, '?');
    } else {
      if (c.length == 1 && kSpecial.find(bytes[0]) != std::string_view::npos) out += '\\';
      out += bytes.substr(0, c.length);
    }
    bytes.remove_prefix(c.length);
  }
  return out;
}

std::string folded(std::string_view name, std::string_view parent, bool in_tmp) {
  if (parent == "/proc" && std::all_of(name.begin(), name.end(), digit)) return "*";
  if (parent.starts_with("/proc/") && parent.ends_with("/task") &&
      std::all_of(name.begin(), name.end(), digit))
    return "*";
  if (parent == "/dev/pts" && std::all_of(name.begin(), name.end(), digit)) return "*";
  std::string out;
  std::size_t plain = 0;  // from where on nothing has been put out
  const auto fold = [&](std::size_t at, std::size_t length, const char* with) {
    out += escaped(name.substr(plain, at - plain)) + with;
    plain = at + length;
    return plain;
  };
  for (std::size_t at = 0; at < name.size();) {
    const bool begins = at == 0 || !word(name[at - 1]);
    const auto hexes = run(name, at, [](char c) { return hex(c) || c == '-'; });
    const auto letters = run(name, at, word);
    if (begins && hash_like(name.substr(at, hexes)) &&
        (at + hexes == name.size() || !word(name[at + hexes]))) {
      at = fold(at, hexes, "*");
    } else if (const auto length = version(name, at);
               length != 0 && (at == 0 || !digit(name[at - 1]))) {
      at = fold(at, length, "[0-9]*");
    } else if (in_tmp && begins && random_like(name.substr(at, letters))) {
      // "cc" and "tmp" are what compilers and Python put in front.
      const std::size_t kept = name.substr(at).starts_with("cc") && letters == 8   ? 2
                               : name.substr(at).starts_with("tmp") && letters > 8 ? 3
                                                                                   : 0;
      at = fold(at + kept, letters - kept, "*");
    } else {
      ++at;
    }
  }
  return out + escaped(name.substr(plain));
}

std::string beginning_of(std::string_view pattern) {
  std::size_t end = 0;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (c == '$' && pattern.substr(at).starts_with("${workspace}")) {
      at += std::string_view("${workspace}").size() - 1;
      continue;
    }
    if (std::string_view("*?[]{},\\$").find(c) != std::string_view::npos)
      return std::string(pattern.substr(0, end));
    if (c == '/') end = at;
  }
  return std::string(pattern);
}

}  // namespace gatehouse::learning
