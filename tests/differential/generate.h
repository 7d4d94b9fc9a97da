// SPDX-License-Identifier: Apache-2.0
// Random policies of hostile shapes, with requests whose answers the independent matcher gives; same
// seed, same cases. It must never produce a path that cannot be created: the kernel test creates them.
#pragma once

#include <initializer_list>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "differential/matcher.h"
#include "policy/model.h"

namespace gatehouse::differential {

struct Triple {
  bool network = false;
  gh_access access = GH_READ;
  // Absolute path, at most 6 components of at most 40 bytes; or endpoint key; or, for GH_UNIX, '@' and at most
  // 107 bytes.
  std::string object;
  Verdict expected;
};

struct Case {
  policy::Policy policy;
  policy::Context context;
  std::vector<Triple> triples;
};

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  // `root`: an existing directory without glob characters below which all paths lie, e.g. "/tmp/d"; a
  // kernel test may then create them. "" for the whole name space.
  Case make(std::size_t paths, std::size_t endpoints, const std::string& root = "") {
    Case out;
    globs_.clear();
    ports_.clear();
    names_.clear();
    root_ = root;
    out.context.home = root + "/home/a*b";  // values are literal: this star is a byte
    out.context.workspace = root + "/b/ab";
    out.context.variables = {{"part", "a"}, {"odd", "[b]"}};
    out.policy.name = "random";
    const std::size_t layers = chance(60) ? 1 : 1 + below(3);
    for (std::size_t i = 0; i < layers; ++i)
      out.policy.layers.push_back(layer(i));
    Matcher matcher(out.policy, out.context);
    for (std::size_t i = 0; i < paths; ++i) {
      Triple t;
      t.access = static_cast<gh_access>(below(7));
      const bool abstract = t.access == GH_UNIX && chance(50);
      t.object = abstract ? abstract_name(out.context) : path(out.context);
      t.expected = matcher.path(t.object, t.access);
      out.triples.push_back(std::move(t));
    }
    for (std::size_t i = 0; i < endpoints; ++i) {
      Triple t;
      t.network = true;
      t.access = static_cast<gh_access>(GH_CONNECT + below(5));
      t.object = endpoint();
      t.expected = matcher.endpoint(t.object, t.access);
      out.triples.push_back(std::move(t));
    }
    return out;
  }

 private:
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  bool chance(std::size_t percent) { return below(100) < percent; }
  std::string pick(std::initializer_list<const char*> words) {
    return words.begin()[below(words.size())];
  }

  policy::Action action() { return static_cast<policy::Action>(below(4)); }
  policy::Defaults defaults() {
    policy::Defaults out;
    for (auto& column : out.column)
      column = action();
    return out;
  }
  void dress(policy::Rule& rule) {
    rule.id = "r" + std::to_string(below(1000000));
    rule.action = action();
    rule.log = chance(10);
    rule.pointer = "/rules/x";
  }

  std::string name() {
    return pick({"a", "b", "ab", "aab", "abc", "x", ".env", ".env.x", "tmp", "home", "a*b", "[b]",
                 "\xc3\xa9", "\xff\xfe", "a b", "~", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"});
  }
  std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
      if (std::string_view("*?[]{},\\~$").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
    return out;
  }
  std::string component_glob(int depth) {
    std::string out;
    for (std::size_t parts = 1 + below(3); parts > 0; --parts) {
      switch (below(9)) {
        case 0:
          out += out.ends_with('*') ? "a" : "*";
          break;
        case 1:
          out += "?";
          break;
        case 2:
          out += pick({"[ab]", "[!a]", "[^x.]", "[a-z]", "[.-9]", "[!!-~]", "[\\]b-]", "[a-b-]"});
          break;
        case 3:
          out += "{" + component_glob(depth + 1) + "," + (chance(30) ? "}" : name_glob() + "}") +
                 name_glob();
          break;
        case 4:
          out += depth == 0 ? pick({"${part}", "${odd}"}) : "a";
          break;
        default:
          out += name_glob();
          break;
      }
      if (chance(60)) break;
    }
    return out;
  }
  std::string name_glob() { return escaped(name()); }

  std::string glob() {
    std::string out = chance(75) ? root_ : "";
    if (chance(8))
      return root_ + pick({"/**", "", "/*", "{/,/a}{b,x/**}", "/a{,/**}"}) +
             (root_.empty() ? "/" + name_glob() : "");
    if (chance(10)) out = "~";
    if (chance(10)) out = "${workspace}";
    const std::size_t depth = 1 + below(4);
    for (std::size_t i = 0; i < depth; ++i) {
      out += '/';
      if (chance(22)) {
        out += "**";
      } else if (chance(6)) {
        out += "{" + component_glob(1) + "/" + component_glob(1) + "," +
               pick({"**/", "a/", "{a,b}/"}) + name_glob() + "}";
      } else {
        out += component_glob(0);
      }
    }
    if (chance(25)) out += "/**";
    if (out.starts_with("/**/") && chance(50)) out.erase(0, 1);
    if (chance(2)) out = "/";
    globs_.push_back(out);
    return out;
  }

  policy::PathRule path_rule(bool exec) {
    policy::PathRule rule;
    dress(rule);
    rule.access = exec ? policy::access_bit(GH_EXEC) : static_cast<policy::AccessSet>(below(64));
    for (std::size_t n = 1 + below(3); n > 0; --n)
      rule.paths.push_back(!globs_.empty() && chance(15) ? globs_[below(globs_.size())] : glob());
    if (chance(35))
      for (std::size_t n = 1 + below(3); n > 0; --n)
        rule.except.push_back(!globs_.empty() && chance(30) ? globs_[below(globs_.size())]
                                                            : glob());
    return rule;
  }

  // Of an abstract socket: '/' and NUL are bytes as others.
  std::string name_pattern() {
    std::string out;
    for (std::size_t parts = below(4) + 1; parts > 0; --parts) {
      switch (below(8)) {
        case 0:
          out += pick({"*", "**", "/", "//", "/..", "?"});
          break;
        case 1:
          out += pick({"[ab]", "[!a]", "[.-9]"});
          break;
        case 2:
          out += "{" + component_glob(1) + ",/}";
          break;
        default:
          out += chance(50) ? component_glob(0) : name_glob();
      }
      if (out.ends_with("***")) out += "a";
    }
    for (auto at = out.find("***"); at != std::string::npos; at = out.find("***"))
      out.erase(at, 1);
    if (out[0] == '@') out[0] = 'a';
    names_.push_back(out);
    return out;
  }
  policy::PathRule unix_rule() {
    policy::PathRule rule = path_rule(false);
    rule.access = policy::access_bit(GH_UNIX);
    if (chance(30)) rule.paths.clear();
    for (std::size_t n = rule.paths.empty() ? 1 + below(2) : below(3); n > 0; --n)
      rule.abstract.push_back(name_pattern());
    if (chance(30)) rule.except.push_back("@" + name_pattern());
    return rule;
  }
  std::string abstract_name(const policy::Context& context) {
    std::string out;
    if (!names_.empty() && chance(75)) {
      const auto lists = GlobReader(names_[below(names_.size())], context).read_names();
      out = instance(lists[below(lists.size())]);
      if (chance(20)) out.insert(below(out.size() + 1), 1, chance(50) ? '/' : '\0');
      if (chance(20) && !out.empty()) out.erase(below(out.size()), 1);
      if (chance(10)) out += name();
    } else {
      for (std::size_t n = below(4); n > 0; --n)
        out += pick({"/", "", "//"}) + name();
    }
    return "@" + out.substr(0, 107);
  }

  policy::Cidr cidr() {
    policy::Cidr out;
    out.v6 = chance(40);
    const unsigned bits = out.v6 ? 128 : 32;
    const std::string key = address(out.v6);
    const unsigned nice[] = {0, 8, 12, 16, 23, 24, 25, 31, bits, bits - 1, bits / 2};
    out.prefix = static_cast<std::uint8_t>(nice[below(11)]);
    for (unsigned bit = 0; bit < out.prefix; ++bit)
      out.address[bit / 8] = static_cast<std::uint8_t>(
          out.address[bit / 8] | (static_cast<unsigned char>(key[bit / 8]) & (0x80u >> bit % 8)));
    return out;
  }
  std::string address(bool v6) {
    std::string out(v6 ? 16 : 4, '\0');
    out[0] = chance(80) ? char(10) : static_cast<char>(below(256));
    for (std::size_t i = 1; i < out.size(); ++i)
      if (chance(v6 ? 15 : 70)) out[i] = static_cast<char>(chance(70) ? below(3) : 126 + below(4));
    return out;
  }
  std::uint16_t port() {
    if (!ports_.empty() && chance(60))
      return static_cast<std::uint16_t>(ports_[below(ports_.size())] + below(3) - 1);
    const std::uint16_t nice[] = {0, 1, 22, 80, 255, 256, 443, 8000, 8999, 65535, 65280};
    return chance(80) ? nice[below(11)] : static_cast<std::uint16_t>(below(65536));
  }
  policy::NetRule net_rule() {
    policy::NetRule rule;
    dress(rule);
    rule.access = static_cast<policy::AccessSet>(below(32));
    if (chance(50)) rule.protocols = static_cast<std::uint8_t>(below(16));
    if (chance(75))
      for (std::size_t n = 1 + below(4); n > 0; --n)
        rule.cidrs.push_back(cidr());
    if (chance(60))
      for (std::size_t n = 1 + below(3); n > 0; --n) {
        policy::PortRange range{port(), port()};
        if (range.last < range.first) std::swap(range.first, range.last);
        ports_.push_back(range.first);
        ports_.push_back(range.last);
        rule.ports.push_back(range);
      }
    return rule;
  }

  policy::Layer layer(std::size_t number) {
    policy::Layer out;
    out.name = out.file = "layer" + std::to_string(number);
    if (chance(85)) {
      out.filesystem.emplace();
      out.filesystem->defaults = defaults();
      for (std::size_t n = below(8); n > 0; --n)
        out.filesystem->rules.push_back(path_rule(false));
    }
    if (chance(40)) {
      out.exec.emplace();
      out.exec->fallback = action();
      for (std::size_t n = below(4); n > 0; --n)
        out.exec->rules.push_back(path_rule(true));
    }
    if (chance(60)) {
      out.unix_sockets.emplace().fallback = action();
      for (std::size_t n = below(6); n > 0; --n)
        out.unix_sockets->rules.push_back(unix_rule());
    }
    if (chance(70)) {
      out.network.emplace();
      out.network->defaults = defaults();
      for (std::size_t n = below(7); n > 0; --n)
        out.network->rules.push_back(net_rule());
    }
    return out;
  }

  // A path that a token list matches, loops and sets filled at random.
  std::string instance(const Tokens& tokens) {
    std::string out;
    for (const Token& token : tokens) {
      switch (token.kind) {
        case Token::byte:
          out += static_cast<char>(token.value);
          break;
        case Token::any:
          out += pick({"a", "b", "x", "."});
          break;
        case Token::star:
          out += chance(40) ? "" : name();
          break;
        case Token::deep:
          for (std::size_t n = below(3); n > 0; --n)
            out += name() + "/";
          if (&token == &tokens.back()) out += name();
          break;
        case Token::set:
          for (int tries = 0; tries < 50; ++tries) {
            const std::size_t b = 1 + below(127);
            if (!token.members[b]) continue;
            out += static_cast<char>(b);
            break;
          }
          break;
        default:
          break;
      }
    }
    return out;
  }

  // Only components that a file can have: the rest is left out.
  std::string creatable(const std::string& text) const {
    std::string out;
    std::size_t depth = 0;
    for (std::size_t at = 0; at < text.size() && depth < 6;) {
      const std::size_t end = std::min(text.find('/', at), text.size());
      const std::string part = text.substr(at, std::min<std::size_t>(end - at, 40));
      if (!part.empty() && part != "." && part != "..") {
        out += "/" + part;
        ++depth;
      }
      at = end + 1;
    }
    if (!root_.empty() && out != root_ && !out.starts_with(root_ + "/"))
      out = creatable(root_ + out);
    return out.empty() ? "/" : out;
  }

  std::string path(const policy::Context& context) {
    std::string out = root_;
    if (!globs_.empty() && chance(75)) {
      const auto lists = GlobReader(globs_[below(globs_.size())], context).read();
      out = instance(lists[below(lists.size())]);
      if (chance(25)) out += "/" + name();
      if (chance(20) && out.size() > 1) out.erase(1 + below(out.size() - 1), 1);
      if (chance(15)) out.insert(below(out.size() + 1), pick({"a", "/", "x", "b/"}));
      if (chance(10)) out = out.substr(0, 1 + below(out.size()));
    } else {
      for (std::size_t n = below(6); n > 0; --n)
        out += "/" + name();
    }
    return creatable(out);
  }

  std::string endpoint() {
    const bool v6 = chance(40);
    const std::size_t protocol = chance(80) ? below(2) : below(4);
    const std::uint16_t number = protocol <= GH_PROTO_UDP ? port() : std::uint16_t{0};
    std::string key(1, static_cast<char>(protocol | (v6 ? GH_PROTO_V6 : 0)));
    key += address(v6);
    key += static_cast<char>(number >> 8);
    key += static_cast<char>(number & 0xff);
    return key;
  }

  std::mt19937_64 random_;
  std::string root_;
  std::vector<std::string> globs_;  // of the policy being made
  std::vector<std::string> names_;  // patterns of abstract names
  std::vector<std::uint16_t> ports_;
};

// At least `triples` requests in cases of different seeds; for the kernel test use few per case's policy
// change or many, as loading costs more than judging.
inline std::vector<Case> make_cases(std::uint64_t seed, std::size_t triples, std::size_t paths_each,
                                    std::size_t endpoints_each, const std::string& root = "") {
  std::vector<Case> out;
  for (std::size_t made = 0; made < triples; ++seed) {
    out.push_back(Generator(seed).make(paths_each, endpoints_each, root));
    made += out.back().triples.size();
  }
  return out;
}

}  // namespace gatehouse::differential
