// SPDX-License-Identifier: Apache-2.0
// Look-ups of the language's words and the guess at a misspelt one. It must never spend more on a
// guess than the length of a known word is worth: words come from hostile files too.
#include "policy/words.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <numeric>

namespace gatehouse::policy {
namespace {

struct Word {
  std::string_view text;
  int value;
};

#define GH_WORD(name, value, text) {text, value},
constexpr Word kActions[] = {GH_VERDICTS(GH_WORD)};
constexpr Word kPathAccesses[] = {GH_PATH_ACCESSES(GH_WORD)};
constexpr Word kNetAccesses[] = {GH_NET_ACCESSES(GH_WORD)};
#undef GH_WORD
#define GH_WORD(name, value, text, sentence) {text, value},
constexpr Word kPrivileges[] = {GH_PRIVILEGES(GH_WORD)};
#undef GH_WORD
constexpr Word kProtocols[] = {
    {"tcp", GH_PROTO_TCP}, {"udp", GH_PROTO_UDP}, {"icmp", GH_PROTO_ICMP}};

template <std::size_t N>
std::optional<int> find(const Word (&table)[N], std::string_view word) {
  for (const Word& row : table)
    if (row.text == word) return row.value;
  return std::nullopt;
}

template <std::size_t N>
Words texts(const Word (&table)[N]) {
  Words out;
  for (const Word& row : table)
    out.push_back(row.text);
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// Edits (insert, drop, change, swap neighbours) between two words.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({changed, row[j - 1] + 1, last[j] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last.back();
}

}  // namespace

std::optional<Action> action_of(std::string_view word) {
  const auto value = find(kActions, word);
  if (!value) return std::nullopt;
  return static_cast<Action>(*value);
}
std::optional<int> path_access_of(std::string_view word) { return find(kPathAccesses, word); }
std::optional<int> net_access_of(std::string_view word) { return find(kNetAccesses, word); }
std::optional<int> protocol_of(std::string_view word) { return find(kProtocols, word); }
PrivilegeSet privileges_of(std::string_view word) {
  PrivilegeSet out;
  for (const Word& row : kPrivileges)
    if (row.text == word) out.set(static_cast<std::size_t>(row.value));
  return out;
}

AccessSet path_accesses_of(int access) {
  return access == GH_WRITE ? kWriteSet : access_bit(access);
}

const Words& action_words() {
  static const Words words = texts(kActions);
  return words;
}
const Words& path_access_words() {
  static const Words words = [] {
    Words all = texts(kPathAccesses);
    std::erase(all, unix_access_words().front());
    return all;
  }();
  return words;
}
const Words& unix_access_words() {
  static const Words words = [] {
    Words all;
    for (const Word& row : kPathAccesses)
      if (row.value == GH_UNIX) all.push_back(row.text);
    return all;
  }();
  return words;
}
const Words& net_access_words() {
  static const Words words = texts(kNetAccesses);
  return words;
}
const Words& protocol_words() {
  static const Words words = texts(kProtocols);
  return words;
}
const Words& privilege_words() {
  static const Words words = [] {  // each once, in the order of abi.h
    Words all;
    for (const auto word : texts(kPrivileges))
      if (std::find(all.begin(), all.end(), word) == all.end()) all.push_back(word);
    return all;
  }();
  return words;
}

const char* name_of(Action action) {
  for (const Word& row : kActions)
    if (row.value == static_cast<int>(action)) return row.text.data();
  return "?";
}

std::optional<std::string_view> nearest(std::string_view word, const Words& known) {
  constexpr std::size_t kLongest = 40;
  if (word.empty() || word.size() > kLongest) return std::nullopt;
  const std::string wanted = lower(word);
  std::optional<std::string_view> best;
  std::size_t best_distance = 0;
  for (const std::string_view candidate : known) {
    const std::size_t d = distance(wanted, lower(candidate));
    const std::size_t most = std::max(std::size_t{1}, candidate.size() / 3);
    if (d <= most && (!best || d < best_distance)) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

std::string one_of(const Words& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

std::string suggestion(std::string_view word, const Words& known) {
  if (const auto guess = nearest(word, known))
    return "did you mean \"" + std::string(*guess) + "\"?";
  return (known.size() == 1 ? "known: " : "one of ") + one_of(known);
}

}  // namespace gatehouse::policy
