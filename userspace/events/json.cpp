// SPDX-License-Identifier: Apache-2.0
// The escapes behind json.h. It must never allocate per character: this is the path of every event.
#include "events/json.h"

#include <algorithm>
#include <charconv>

#include "base/utf8.h"

namespace gatehouse::events {
namespace {

constexpr char kHex[] = "0123456789abcdef";
constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool is_plain(unsigned char byte) {
  return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

void append_unit(std::string& out, unsigned unit) {
  const char text[] = {
      '\\',           'u', kHex[unit >> 12 & 15], kHex[unit >> 8 & 15], kHex[unit >> 4 & 15],
      kHex[unit & 15]};
  out.append(text, sizeof text);
}

void append_code(std::string& out, char32_t code) {
  const auto value = static_cast<unsigned>(code);
  if (value < 0x10000) {
    append_unit(out, value);
    return;
  }
  append_unit(out, 0xd800 + ((value - 0x10000) >> 10));
  append_unit(out, 0xdc00 + ((value - 0x10000) & 0x3ff));
}

template <typename Number>
void append_number(std::string& out, Number value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, end.ptr);
}

}  // namespace

bool append_json_string(std::string& out, std::string_view text) {
  bool exact = true;
  out += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain(static_cast<unsigned char>(text[plain]))) {
      ++plain;
    }
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const Utf8Char c = first_utf8(text);
    if (!c.valid) {
      out += "\xef\xbf\xbd";
      exact = false;
    } else if (c.code == '"' || c.code == '\\') {
      out += '\\';
      out += text[0];
    } else if (c.code == '\n') {
      out += "\\n";
    } else if (c.code == '\t') {
      out += "\\t";
    } else if (is_unprintable(c.code)) {
      append_code(out, c.code);
    } else {
      out.append(text.substr(0, c.length));
    }
    text.remove_prefix(c.length);
  }
  out += '"';
  return exact;
}

std::string base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t left = bytes.size() - at;
    const auto byte = [&](std::size_t i) {
      return i < left ? static_cast<unsigned>(static_cast<unsigned char>(bytes[at + i])) : 0u;
    };
    const unsigned group = byte(0) << 16 | byte(1) << 8 | byte(2);
    out += kDigits[group >> 18];
    out += kDigits[group >> 12 & 63];
    out += left > 1 ? kDigits[group >> 6 & 63] : '=';
    out += left > 2 ? kDigits[group & 63] : '=';
  }
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string bytes;
  std::string_view left = text;
  while (!left.empty()) {
    unsigned group = 0;
    std::size_t digits = 0;
    for (; digits < 4 && digits < left.size() && left[digits] != '='; ++digits) {
      const std::size_t value = kDigits.find(left[digits]);
      if (value == std::string_view::npos) return std::nullopt;
      group |= static_cast<unsigned>(value) << (18 - 6 * digits);
    }
    if (digits < 2) return std::nullopt;
    for (std::size_t byte = 0; byte + 1 < digits; ++byte) {
      bytes += static_cast<char>(group >> (16 - 8 * byte) & 0xff);
    }
    left.remove_prefix(std::min<std::size_t>(left.size(), 4));
  }
  if (base64(bytes) != text) return std::nullopt;
  return bytes;
}

void JsonObject::name(std::string_view key) {
  if (!first_) out_ += ',';
  first_ = false;
  append_json_string(out_, key);
  out_ += ':';
}

void JsonObject::text(std::string_view key, std::string_view text) {
  name(key);
  if (append_json_string(out_, text)) return;
  out_ += ',';
  append_json_string(out_, std::string(key) + "_bytes");
  out_ += ":\"" + base64(text) + '"';
}

void JsonObject::list(std::string_view key, const std::vector<std::string>& texts) {
  name(key);
  out_ += '[';
  bool exact = true;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i != 0) out_ += ',';
    exact = append_json_string(out_, texts[i]) && exact;
  }
  out_ += ']';
  if (exact) return;
  out_ += ',';
  append_json_string(out_, std::string(key) + "_bytes");
  out_ += ":[";
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i != 0) out_ += ',';
    out_ += '"' + base64(texts[i]) + '"';
  }
  out_ += ']';
}

void JsonObject::number(std::string_view key, std::uint64_t value) {
  name(key);
  append_number(out_, value);
}
void JsonObject::integer(std::string_view key, std::int64_t value) {
  name(key);
  append_number(out_, value);
}
void JsonObject::wide(std::string_view key, std::uint64_t value) {
  name(key);
  out_ += '"';
  append_number(out_, value);
  out_ += '"';
}
void JsonObject::boolean(std::string_view key, bool value) { raw(key, value ? "true" : "false"); }

JsonObject JsonObject::object(std::string_view key) {
  name(key);
  return JsonObject(out_);
}

void JsonObject::raw(std::string_view key, std::string_view json) {
  name(key);
  out_ += json;
}

}  // namespace gatehouse::events
