// SPDX-License-Identifier: Apache-2.0
// The policy's meaning (DESIGN section 2), written down a second time in the plainest way: backtracking
// over each glob, rule by rule. It must never include anything of userspace/tables.
#pragma once

#include <bitset>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/model.h"

namespace gatehouse::differential {

struct Verdict {
  int verdict = GH_DENY;
  std::uint16_t rule = GH_RULE_DEFAULT;
  bool log = false;
  bool operator==(const Verdict&) const = default;
};

struct Token {
  enum Kind { byte, any, star, deep, set, tilde, braces } kind = byte;
  unsigned char value = 0;
  std::bitset<256> members = {};
  std::vector<std::vector<Token>> branches = {};
};
using Tokens = std::vector<Token>;

class GlobReader {
 public:
  GlobReader(std::string_view text, const policy::Context& context)
      : text_(text), context_(context) {}

  // All plain token lists that the text stands for. Only for globs that compile() accepts.
  std::vector<Tokens> read() {
    std::vector<Tokens> out;
    for (Tokens& tokens : expand(sequence(false))) {
      Tokens placed;
      for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (tokens[i].kind != Token::tilde) {
          placed.push_back(tokens[i]);
        } else if (i == 0 && (tokens.size() == 1 || is_slash(tokens[1]))) {
          for (const char c : context_.home)
            placed.push_back(literal(c));
        } else {
          placed.push_back(literal('~'));
        }
      }
      if (!placed.empty() && placed[0].kind == Token::deep)
        placed.insert(placed.begin(), literal('/'));
      out.push_back(std::move(placed));
    }
    return out;
  }

  // The same for the name of an abstract socket, where every byte is like any other.
  std::vector<Tokens> read_names() {
    std::vector<Tokens> out = expand(sequence(false));
    for (Tokens& tokens : out)
      for (Token& token : tokens)
        if (token.kind == Token::tilde) token = literal('~');
    return out;
  }

  static bool is_slash(const Token& t) { return t.kind == Token::byte && t.value == '/'; }

 private:
  static Token literal(char c) { return {Token::byte, static_cast<unsigned char>(c)}; }

  Tokens sequence(bool inside) {
    Tokens out;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (inside && (c == ',' || c == '}')) break;
      ++at_;
      if (c == '\\') {
        out.push_back(literal(text_[at_++]));
      } else if (c == '$' && at_ < text_.size() && text_[at_] == '{') {
        const std::size_t end = text_.find('}', at_);
        for (const char v : value(text_.substr(at_ + 1, end - at_ - 1)))
          out.push_back(literal(v));
        at_ = end + 1;
      } else if (c == '*') {
        const bool two = at_ < text_.size() && text_[at_] == '*';
        at_ += two ? 1 : 0;
        out.push_back({two ? Token::deep : Token::star});
      } else if (c == '?') {
        out.push_back({Token::any});
      } else if (c == '~') {
        out.push_back({Token::tilde});
      } else if (c == '[') {
        out.push_back(set());
      } else if (c == '{') {
        Token braces{Token::braces};
        braces.branches.push_back(sequence(true));
        while (text_[at_] == ',') {
          ++at_;
          braces.branches.push_back(sequence(true));
        }
        ++at_;
        out.push_back(std::move(braces));
      } else {
        out.push_back(literal(c));
      }
    }
    return out;
  }

  unsigned char member() {
    if (text_[at_] == '\\') ++at_;
    return static_cast<unsigned char>(text_[at_++]);
  }

  Token set() {
    Token out{Token::set};
    const bool negated = text_[at_] == '!' || text_[at_] == '^';
    at_ += negated ? 1 : 0;
    while (text_[at_] != ']') {
      const unsigned low = member();
      unsigned high = low;
      if (text_[at_] == '-' && text_[at_ + 1] != ']') {
        ++at_;
        high = member();
      }
      for (unsigned b = low; b <= high; ++b)
        out.members.set(b);
    }
    ++at_;
    if (negated) out.members.flip();
    out.members.reset('/');
    return out;
  }

  std::string value(std::string_view name) const {
    if (name == "workspace") return context_.workspace;
    if (name == "home") return context_.home;
    for (const auto& [key, text] : context_.variables)
      if (key == name) return text;
    return {};
  }

  static std::vector<Tokens> expand(const Tokens& tokens) {
    std::vector<Tokens> out(1);
    for (const Token& token : tokens) {
      std::vector<Tokens> next;
      for (const Tokens& head : out) {
        if (token.kind != Token::braces) {
          next.push_back(head);
          next.back().push_back(token);
          continue;
        }
        for (const Tokens& branch : token.branches)
          for (const Tokens& tail : expand(branch)) {
            next.push_back(head);
            next.back().insert(next.back().end(), tail.begin(), tail.end());
          }
      }
      out = std::move(next);
    }
    return out;
  }

  std::string_view text_;
  const policy::Context& context_;
  std::size_t at_ = 0;
};

// Whether the tokens from `t` on match the path from `p` on. `boundary`: a '/' of the pattern (or a
// `**` that stood for nothing) was the last thing, so that a further '/' stands for nothing.
inline bool match_from(const Tokens& tokens, std::size_t t, std::string_view path, std::size_t p,
                       bool boundary) {
  if (t == tokens.size()) return p == path.size();
  const Token& token = tokens[t];
  const auto here = p < path.size() ? static_cast<unsigned char>(path[p]) : 0;
  switch (token.kind) {
    case Token::deep: {
      const bool last = t + 1 == tokens.size();
      if (!last && match_from(tokens, t + 1, path, p, true)) return true;
      for (std::size_t end = p + 1; end <= path.size(); ++end)
        if ((end == path.size() || path[end] == '/') && match_from(tokens, t + 1, path, end, false))
          return true;
      return false;
    }
    case Token::star:
      for (std::size_t end = p;; ++end) {
        if (match_from(tokens, t + 1, path, end, false)) return true;
        if (end >= path.size() || path[end] == '/') return false;
      }
    case Token::any:
      return here != 0 && here != '/' && match_from(tokens, t + 1, path, p + 1, false);
    case Token::set:
      return here != 0 && token.members[here] && match_from(tokens, t + 1, path, p + 1, false);
    default:
      break;
  }
  if (token.value == '/' && boundary) return match_from(tokens, t + 1, path, p, true);
  return here != 0 && here == token.value &&
         match_from(tokens, t + 1, path, p + 1, token.value == '/');
}

inline bool matches(const Tokens& tokens, std::string_view path) {
  if (path != "/") return match_from(tokens, 0, path, 0, false);
  for (const Token& token : tokens)  // the root has no component, not even an empty one
    if (!GlobReader::is_slash(token)) return false;
  return !tokens.empty();
}

// A name as plain bytes: `*` and `**` are any of them, `?` is any one.
inline bool name_matches(const Tokens& tokens, std::size_t t, std::string_view name) {
  if (t == tokens.size()) return name.empty();
  const Token& token = tokens[t];
  if (token.kind == Token::star || token.kind == Token::deep)
    return name_matches(tokens, t + 1, name) ||
           (!name.empty() && name_matches(tokens, t, name.substr(1)));
  if (name.empty()) return false;
  const auto here = static_cast<unsigned char>(name[0]);
  const bool fits = token.kind == Token::any ||
                    (token.kind == Token::set ? here != 0 && token.members[here]
                                              : token.kind == Token::byte && token.value == here);
  return fits && name_matches(tokens, t + 1, name.substr(1));
}

class Matcher {
 public:
  Matcher(const policy::Policy& policy, const policy::Context& context)
      : policy_(policy), context_(context) {}

  Verdict path(std::string_view path, gh_access access) {
    reset(access);
    for (const auto& layer : policy_.layers) {
      if (layer.filesystem) {
        const bool of_files = access != GH_UNIX;
        if (of_files) begin(layer.filesystem->defaults.column[column_]);
        for (const auto& rule : layer.filesystem->rules)
          consider(rule, of_files && applies(rule, path));
        if (of_files) end();
      }
      if (layer.exec) {
        if (access == GH_EXEC) begin(layer.exec->fallback);
        for (const auto& rule : layer.exec->rules)
          consider(rule, access == GH_EXEC && applies(rule, path));
        number_ += layer.exec->commands.size();
        if (access == GH_EXEC) end();
      }
      if (layer.network) number_ += layer.network->rules.size();
      if (layer.unix_sockets) {
        if (access == GH_UNIX) begin(layer.unix_sockets->fallback);
        for (const auto& rule : layer.unix_sockets->rules)
          consider(rule, access == GH_UNIX && applies(rule, path));
        if (access == GH_UNIX) end();
      }
    }
    return result();
  }

  // `key` as abi.h lays it out.
  Verdict endpoint(std::string_view key, gh_access access) {
    reset(access);
    for (const auto& layer : policy_.layers) {
      if (layer.filesystem) number_ += layer.filesystem->rules.size();
      if (layer.exec) number_ += layer.exec->rules.size() + layer.exec->commands.size();
      if (layer.network) {
        begin(layer.network->defaults.column[column_]);
        for (const auto& rule : layer.network->rules)
          consider(rule, applies(rule, key));
        end();
      }
      if (layer.unix_sockets) number_ += layer.unix_sockets->rules.size();
    }
    return result();
  }

 private:
  struct Applied {
    int verdict;
    std::size_t number;
    bool log;
  };

  void reset(gh_access access) {
    column_ = static_cast<unsigned>(access) & 7u;
    number_ = 0;
    applied_.clear();
    strictest_.reset();
  }
  void begin(policy::Action fallback) {
    fallback_ = static_cast<int>(fallback);
    section_.reset();
  }
  template <typename Rule>
  void consider(const Rule& rule, bool applicable) {
    const std::size_t number = number_++;
    if (!applicable || ((rule.access >> column_) & 1) == 0) return;
    const int verdict = static_cast<int>(rule.action);
    applied_.push_back({verdict, number, rule.log});
    section_ = std::max(section_.value_or(verdict), verdict);
  }
  void end() {
    const int verdict = section_.value_or(fallback_);
    strictest_ = std::max(strictest_.value_or(verdict), verdict);
  }
  Verdict result() const {
    Verdict out;
    out.verdict = strictest_.value_or(GH_DENY);
    for (const Applied& a : applied_) {
      out.log = out.log || a.log;
      if (a.verdict == out.verdict && out.rule == GH_RULE_DEFAULT)
        out.rule = static_cast<std::uint16_t>(a.number);
    }
    return out;
  }

  const std::vector<Tokens>& globs(const std::string& text) {
    const auto [at, added] = known_.try_emplace(text);
    if (added) at->second = GlobReader(text, context_).read();
    return at->second;
  }
  const std::vector<Tokens>& names(const std::string& text) {
    const auto [at, added] = known_names_.try_emplace(text);
    if (added) at->second = GlobReader(text, context_).read_names();
    return at->second;
  }
  // `name`: without the '@'.
  bool any_name(const std::string& text, std::string_view name) {
    for (const auto& tokens : names(text))
      if (name_matches(tokens, 0, name)) return true;
    return false;
  }
  bool named(const policy::PathRule& rule, std::string_view name) {
    bool out = false;
    for (const auto& text : rule.abstract)
      out = out || any_name(text, name);
    for (const auto& text : rule.except)
      out = out && !(text.starts_with('@') && any_name(text.substr(1), name));
    return out;
  }
  bool any(const std::vector<std::string>& texts, std::string_view path) {
    for (const auto& text : texts)
      for (const auto& tokens : globs(text))
        if (matches(tokens, path)) return true;
    return false;
  }
  bool applies(const policy::PathRule& rule, std::string_view path) {
    if (path.starts_with('@')) return named(rule, path.substr(1));
    return ((rule.access >> column_) & 1) != 0 && any(rule.paths, path) && !any(rule.except, path);
  }
  static bool applies(const policy::NetRule& rule, std::string_view key) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(key[i]); };
    const unsigned protocol = byte(0) & 3u;
    const bool v6 = (byte(0) & GH_PROTO_V6) != 0;
    if ((rule.protocols >> protocol & 1) == 0) return false;
    bool address = rule.cidrs.empty();
    for (const auto& cidr : rule.cidrs) {
      bool same = cidr.v6 == v6;
      for (unsigned bit = 0; same && bit < cidr.prefix; ++bit)
        same = ((byte(1 + bit / 8) ^ cidr.address[bit / 8]) >> (7 - bit % 8) & 1) == 0;
      address = address || same;
    }
    const unsigned port_number = byte(key.size() - 2) * 256u + byte(key.size() - 1);
    bool port = rule.ports.empty();
    for (const auto& range : rule.ports)
      port = port ||
             (protocol <= GH_PROTO_UDP && port_number >= range.first && port_number <= range.last);
    return address && port;
  }

  const policy::Policy& policy_;
  const policy::Context& context_;
  std::map<std::string, std::vector<Tokens>> known_, known_names_;
  unsigned column_ = 0;
  std::size_t number_ = 0;
  int fallback_ = 0;
  std::vector<Applied> applied_;
  std::optional<int> section_, strictest_;
};

}  // namespace gatehouse::differential
