// SPDX-License-Identifier: Apache-2.0
// The checks on the raw text that come before JSON, and the entry to reading it. It must never pass on
// text that an editor shows differently from what is parsed without saying so.
#include "policy/document.h"

#include <algorithm>
#include <cstdio>

#include "base/quote.h"
#include "base/utf8.h"
#include "policy/json_events.h"

namespace gatehouse::policy {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool starts_as_utf16(std::string_view text) {
  return text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff");
}

// False when there is no point in parsing.
bool check_bytes(std::string_view text, Report& report) {
  if (text.size() > kMaxFileBytes) {
    report.error("",
                 "the file has " + std::to_string(text.size()) + " bytes, more than " +
                     std::to_string(kMaxFileBytes) + " (4 MiB)",
                 "split it into layers and name them in \"extends\"");
    return false;
  }
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    report.error("", "the file is empty",
                 R"(the smallest policy is {"version": 1}, and denies all)");
    return false;
  }
  if (starts_as_utf16(text)) {
    report.error("", "the file is UTF-16", "save it as UTF-8");
    return false;
  }
  if (const auto bad = find_invalid_utf8(text)) {
    report.error(
        "", "not UTF-8 at " + line_and_column(text, *bad) + ": byte " + quote(text.substr(*bad, 1)),
        "save the file as UTF-8");
    return false;
  }
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    report.error("", "a NUL byte at " + line_and_column(text, nul), "is this a text file?");
    return false;
  }
  return true;
}

void check_deceptive(std::string_view text, Report& report) {
  for (std::size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    const Utf8Char c = first_utf8(text.substr(at));
    if (is_deceptive(c.code)) {
      char code[16];
      std::snprintf(code, sizeof code, "U+%04X", static_cast<unsigned>(c.code));
      report.warning("",
                     "an invisible character that can hide or reorder text (" + std::string(code) +
                         ") at " + line_and_column(text, at),
                     "what an editor shows may not be what is enforced; inside a string write "
                     "it as \\uXXXX");
      return;
    }
    at += c.length;
  }
}

}  // namespace

std::optional<Value> read_document(std::string_view text, Report& report) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (!check_bytes(text, report)) return std::nullopt;
  check_deceptive(text, report);
  return read_json(text, report);
}

std::string line_and_column(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto newline = before.rfind('\n');
  const std::string_view row =
      newline == std::string_view::npos ? before : before.substr(newline + 1);
  const auto column = 1 + std::count_if(row.begin(), row.end(), [](char c) {
                        return (static_cast<unsigned char>(c) & 0xc0u) != 0x80u;
                      });
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

std::string pointer_to(std::string_view object, std::string_view key) {
  constexpr std::size_t kLongest = 128;
  bool fit = key.size() <= kLongest;
  for (std::string_view rest = key; fit && !rest.empty();) {
    const Utf8Char c = first_utf8(rest);
    fit = c.valid && !is_unprintable(c.code);
    rest.remove_prefix(c.length);
  }
  return fit ? child(object, key) : std::string(object);
}

}  // namespace gatehouse::policy
