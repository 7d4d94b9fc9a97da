// SPDX-License-Identifier: Apache-2.0
// The end of a record's line, written and found again by its length. It must never search a line for it: the
// text before it is an agent's.
#include "audit/chain.h"

#include <fmt/format.h>
#include <sodium/crypto_generichash.h>

#include <algorithm>
#include <charconv>

#include "events/json.h"

namespace gatehouse::audit {
namespace {

constexpr std::string_view kChain = ",\"chain\":\"", kSignature = ",\"signature\":\"", kEnd = "\"}";
constexpr std::size_t kChainText = 44, kSignatureText = 88;  // base64 of 32 and of 64 bytes

// `…NAME<length bytes>` at the end of `line`, taken off it; nothing when it does not end so.
std::optional<std::string_view> take_last(std::string_view& line, std::string_view name,
                                          std::size_t length) {
  if (line.size() < name.size() + length) return std::nullopt;
  const auto value = line.substr(line.size() - length);
  const auto rest = line.substr(0, line.size() - length);
  if (!rest.ends_with(name)) return std::nullopt;
  line = rest.substr(0, rest.size() - name.size());
  return value;
}

}  // namespace

Link next_link(const Link& before, std::string_view text) {
  Link link;
  crypto_generichash(link.data(), link.size(), reinterpret_cast<const unsigned char*>(text.data()),
                     text.size(), before.data(), before.size());
  return link;
}

std::string to_text(const Link& link) {
  return events::base64({reinterpret_cast<const char*>(link.data()), link.size()});
}

std::optional<Link> link_of(std::string_view text) {
  const auto bytes = events::from_base64(std::string(text));
  Link link;
  if (!bytes || bytes->size() != link.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), link.begin());
  return link;
}

std::string digits_of(std::string_view bytes) {
  std::array<unsigned char, 16> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size(), nullptr, 0);
  std::string digits;
  for (std::size_t i = 0; i < 8; i++)
    digits += fmt::format("{:02x}", hash[i]);
  return digits;
}

std::uint64_t number_of(std::string_view text) {
  const auto last = text.find_last_not_of("0123456789");
  if (last == std::string_view::npos || !text.substr(0, last + 1).ends_with("\"record\":"))
    return 0;
  std::uint64_t record = 0;
  const auto read = std::from_chars(text.data() + last + 1, text.data() + text.size(), record);
  return read.ec == std::errc{} ? record : 0;
}

void number(std::string& object, std::uint64_t record) {
  object.pop_back();
  object += (object.size() == 1 ? "\"record\":" : ",\"record\":") + std::to_string(record);
}

void seal(std::string& text, const Link& link, std::string_view signature) {
  text.append(kChain).append(to_text(link));
  if (!signature.empty()) text.append("\"").append(kSignature).append(signature);
  text.append(kEnd);
}

std::optional<Sealed> unseal(std::string_view line) {
  if (!line.ends_with(kEnd)) return std::nullopt;
  line.remove_suffix(kEnd.size());
  Sealed sealed;
  auto rest = line;
  if (const auto signature = take_last(rest, kSignature, kSignatureText);
      signature && rest.ends_with('"')) {
    sealed.signature = *signature;
    line = rest.substr(0, rest.size() - 1);
  }
  const auto chain = take_last(line, kChain, kChainText);
  if (!chain) return std::nullopt;
  sealed.chain = *chain;
  sealed.text = line;
  return sealed;
}

}  // namespace gatehouse::audit
