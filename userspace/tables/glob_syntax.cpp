// SPDX-License-Identifier: Apache-2.0
// Text → syntax tree of a glob. It must never accept what another tool would read differently
// without saying so: POSIX classes, empty sets, non-ASCII set members are refused.
#include "tables/glob_syntax.h"

#include <string>

namespace gatehouse::tables {
namespace {

constexpr int kMaxNesting = 32;

class Parser {
 public:
  Parser(std::string_view text, const policy::Context& context, SetPool& sets)
      : text_(text), context_(context), sets_(sets) {}

  std::optional<GlobError> run(GlobSequence& out) {
    sequence(out, 0);
    return error_;
  }

 private:
  [[nodiscard]] bool done() const { return error_ || at_ >= text_.size(); }
  [[nodiscard]] bool looking_at(std::string_view s) const {
    return text_.substr(at_, s.size()) == s;
  }
  void fail(std::string message, std::string hint) {
    if (!error_) error_ = GlobError{std::move(message), std::move(hint)};
  }
  static void put(GlobSequence& out, Label label) { out.push_back({label}); }
  static Label byte(char c) { return static_cast<unsigned char>(c); }

  void sequence(GlobSequence& out, int depth) {
    while (!done()) {
      const char c = text_[at_];
      if (depth > 0 && (c == ',' || c == '}')) return;
      if (looking_at("${")) {
        variable_value(out);
      } else if (c == '{') {
        braces(out, depth + 1);
      } else if (c == '[') {
        set(out);
      } else if (c == '*') {
        stars(out);
      } else {
        ++at_;
        if (c == '\\' && at_ == text_.size())
          return fail("the glob ends in a lone '\\'", "write \\\\ for a backslash");
        if (c == '\0') return fail("the glob contains a NUL byte", "no path contains one");
        if (c == '\\') {
          put(out, byte(text_[at_++]));
        } else {
          put(out, c == '?' ? kAnyByte : c == '~' ? kTilde : byte(c));
        }
      }
    }
  }

  void stars(GlobSequence& out) {
    const std::size_t start = at_;
    while (at_ < text_.size() && text_[at_] == '*')
      ++at_;
    if (at_ - start > 2)
      return fail("'***' means nothing", "use '*' within a component, '**' as a whole component");
    put(out, at_ - start == 2 ? kDeep : kStar);
  }

  void variable_value(GlobSequence& out) {
    const std::size_t end = text_.find('}', at_);
    if (end == std::string_view::npos)
      return fail("'${' is not closed", "write ${name}, or \\$ for a dollar sign");
    const std::string name(text_.substr(at_ + 2, end - at_ - 2));
    const auto value = variable(name, context_);
    if (!value)
      return fail("${" + name + "} has no value here",
                  "known are ${workspace}, ${home} and the session's own variables");
    for (const char c : *value)
      put(out, byte(c));
    at_ = end + 1;
  }

  void braces(GlobSequence& out, int depth) {
    if (depth > kMaxNesting)
      return fail("braces are nested more than 32 deep", "write the alternatives as paths");
    GlobPiece piece;
    do {
      ++at_;  // '{' or ','
      sequence(piece.branches.emplace_back(), depth);
    } while (!done() && text_[at_] == ',');
    if (error_) return;
    if (at_ >= text_.size()) return fail("'{' is not closed", "write \\{ for a literal brace");
    ++at_;
    out.push_back(std::move(piece));
  }

  // The next member of a set, or nothing at an error.
  std::optional<unsigned> member() {
    if (looking_at("[:") || looking_at("[.") || looking_at("[=")) {
      fail("named classes such as [:alpha:] are not known", "write ranges: [A-Za-z]");
      return std::nullopt;
    }
    if (text_[at_] == '\\' && ++at_ == text_.size()) return std::nullopt;
    const auto c = static_cast<unsigned char>(text_[at_++]);
    if (c >= 0x80) {
      fail("a set holds single bytes, and this character has several", "use {ä,ö} instead of [äö]");
      return std::nullopt;
    }
    return c;
  }

  void set(GlobSequence& out) {
    ByteSet bytes;
    ++at_;
    const bool negated = at_ < text_.size() && (text_[at_] == '!' || text_[at_] == '^');
    if (negated) ++at_;
    bool any = false;
    while (!done() && text_[at_] != ']') {
      any = true;
      const auto low = member();
      if (!low || at_ >= text_.size()) break;
      unsigned high = *low;
      if (text_[at_] == '-' && at_ + 1 < text_.size() && text_[at_ + 1] != ']') {
        ++at_;
        const auto end = member();
        if (!end) break;
        high = *end;
        if (high < *low) return fail("a range in a set runs backwards", "write it as low-high");
      }
      for (unsigned b = *low; b <= high; ++b)
        bytes.set(b);
    }
    if (error_) return;
    if (at_ >= text_.size()) return fail("'[' is not closed", "write \\[ for a literal bracket");
    ++at_;
    if (negated) bytes.flip();
    bytes.reset('/').reset(0);
    if (!any || bytes.none())
      return fail("the set matches nothing",
                  "write \\] for a bracket in a set; a set never holds '/'");
    put(out, sets_.intern(bytes));
  }

  std::string_view text_;
  const policy::Context& context_;
  SetPool& sets_;
  std::size_t at_ = 0;
  std::optional<GlobError> error_;
};

}  // namespace

std::optional<GlobError> parse_syntax(std::string_view text, const policy::Context& context,
                                      SetPool& sets, GlobSequence& out) {
  return Parser(text, context, sets).run(out);
}

}  // namespace gatehouse::tables
