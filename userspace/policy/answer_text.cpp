// SPDX-License-Identifier: Apache-2.0
// Places in the text, found by a scanner of what the parser has accepted, and the change made there. It must never
// return a text before the parser has read it and found in it just what was wanted.
#include "policy/answer_text.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <vector>

#include "policy/document.h"

namespace gatehouse::policy {
namespace {

struct Span {
  std::size_t begin = 0, end = 0;
};

// Where things stand. Without a section `answers` is empty.
struct Places {
  std::size_t last_end = 0;  // of the last member of the document
  std::size_t close = 0;     // its '}'
  std::size_t first_key = 0;
  std::optional<Span> answers;
  std::vector<Span> elements;
};

// Of a text that the parser took, yet never out of its bounds.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::optional<Places> run() {
    Places out;
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
    skip();
    if (!take('{')) return std::nullopt;
    for (;;) {
      skip();
      if (at_ >= text_.size()) return std::nullopt;
      if (text_[at_] == '}') break;
      const Span key = value();
      if (out.first_key == 0) out.first_key = key.begin;
      skip();
      if (!take(':')) return std::nullopt;
      skip();
      const Span one = value();
      if (text_.substr(key.begin, key.end - key.begin) == "\"answers\"") out.answers = one;
      out.last_end = one.end;
      skip();
      (void)take(',');
    }
    out.close = at_;
    if (out.answers && !elements(*out.answers, out.elements)) return std::nullopt;
    return out;
  }

  // The first byte from `at` on that is neither space nor comment.
  std::size_t next(std::size_t at) {
    at_ = at;
    skip();
    return at_;
  }

 private:
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool comment() {
    const std::string_view rest = text_.substr(std::min(at_, text_.size()));
    const bool block = rest.starts_with("/*");
    if (!block && !rest.starts_with("//")) return false;
    const std::size_t end = rest.find_first_of("\r\n");
    const std::size_t close = rest.find("*/", 2);
    const std::size_t length = block ? (close == std::string_view::npos ? close : close + 2) : end;
    at_ = length == std::string_view::npos ? text_.size() : at_ + length;
    return true;
  }

  void skip() {
    do {
      while (at_ < text_.size() &&
             std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
        ++at_;
    } while (comment());
  }

  void string() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_)
      if (text_[at_] == '\\') ++at_;
    at_ = std::min(at_ + 1, text_.size());
  }

  // Past one value: a string, brackets and all in them, or a word.
  Span value() {
    Span out{at_, at_};
    std::size_t depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const bool closes = c == '}' || c == ']';
      if (depth == 0 && (closes || c == ',' || c == ':')) break;
      if (comment()) continue;
      if (c == '"') {
        string();
      } else {
        ++at_;
      }
      if (c == '{' || c == '[') ++depth;
      if (closes) --depth;
      if (std::string_view(" \t\r\n").find(c) == std::string_view::npos) out.end = at_;
      if (depth == 0 && (closes || c == '"')) break;
    }
    return out;
  }

  bool elements(const Span& list, std::vector<Span>& out) {
    at_ = list.begin;
    if (!take('[')) return false;
    for (;;) {
      skip();
      if (at_ + 1 >= list.end) return at_ + 1 == list.end;
      const Span one = value();
      if (one.end == one.begin) return false;
      out.push_back(one);
      skip();
      (void)take(',');
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string newline_of(std::string_view text) {
  const auto at = text.find('\n');
  return at != std::string_view::npos && at > 0 && text[at - 1] == '\r' ? "\r\n" : "\n";
}

// The spaces before what stands first on its line; nothing if it is not the first.
std::optional<std::string> indent_of(std::string_view text, std::size_t at) {
  std::size_t begin = at;
  while (begin > 0 && (text[begin - 1] == ' ' || text[begin - 1] == '\t'))
    --begin;
  if (begin == 0 || text[begin - 1] != '\n') return std::nullopt;
  return std::string(text.substr(begin, at - begin));
}

// Behind the last byte before `at` that is no space.
std::size_t end_before(std::string_view text, std::size_t at) {
  const auto last = text.substr(0, at).find_last_not_of(" \t\r\n");
  return last == std::string_view::npos ? 0 : last + 1;
}

bool same_value(const Value& one, const Value& other) {
  const auto *a = one.array(), *b = other.array();
  if (a != nullptr && b != nullptr)
    return std::equal(a->begin(), a->end(), b->begin(), b->end(), same_value);
  const auto *c = one.object(), *d = other.object();
  if (c != nullptr && d != nullptr)
    return std::equal(c->begin(), c->end(), d->begin(), d->end(),
                      [](const Member& x, const Member& y) {
                        return x.key == y.key && same_value(x.value, y.value);
                      });
  return one.data.index() == other.data.index() && a == nullptr && c == nullptr &&
         show(one) == show(other) && (!one.string() || *one.string() == *other.string());
}

std::optional<Value> read_text(std::string_view text) {
  Diagnostics said;
  Findings findings(said);
  Report report(findings, "");
  auto value = read_document(text, report);
  if (findings.failed()) return std::nullopt;
  return value;
}

Value::Array* answers_in(Value& document) {
  for (Member& member : std::get<Value::Object>(document.data))
    if (member.key == "answers") return std::get_if<Value::Array>(&member.value.data);
  return nullptr;
}

// What is read, and where it stands; nothing if an object is not what it is.
struct Reading {
  Value document;
  Places places;
};

std::optional<Reading> reading(std::string_view text) {
  auto document = read_text(text);
  if (!document || document->object() == nullptr || document->object()->empty())
    return std::nullopt;
  auto places = Scanner(text).run();
  if (!places) return std::nullopt;
  Reading out{std::move(*document), std::move(*places)};
  const auto* answers = answers_in(out.document);
  const auto& members = *out.document.object();
  const bool named = std::any_of(members.begin(), members.end(),
                                 [](const Member& one) { return one.key == "answers"; });
  const std::size_t count = answers == nullptr ? 0 : answers->size();
  // Also where the key is written in another way, with escapes: then there is a section, and none was found.
  if (named != out.places.answers.has_value() || (named && answers == nullptr) ||
      count != out.places.elements.size())
    return std::nullopt;
  return out;
}

Error unreadable() { return {EINVAL, "the text is no policy that can be changed"}; }

Result<std::string> verified(std::string text, const Value& wanted) {
  const auto got = read_text(text);
  if (got && same_value(*got, wanted)) return text;
  return Error{EINVAL, "the changed text would not mean what it should: change it by hand"};
}

}  // namespace

Result<std::string> with_answer(std::string_view text, const std::string& answer) {
  auto old = reading(text);
  auto element = read_text(answer);
  if (!old || !element || element->object() == nullptr || answer.find('\n') != std::string::npos)
    return unreadable();
  const Places& places = old->places;
  const std::string newline = newline_of(text);
  const std::string margin = indent_of(text, places.first_key).value_or("  ");
  const std::string inner =
      places.elements.empty()
          ? margin + "  "
          : indent_of(text, places.elements.back().begin).value_or(margin + "  ");
  // Behind the comments that follow the last one; only its comma comes before them.
  const std::size_t close = places.answers ? places.answers->end - 1 : places.close;
  const std::size_t last =
      places.answers ? (places.elements.empty() ? 0 : places.elements.back().end) : places.last_end;
  const std::size_t at = std::max(end_before(text, close), last);
  std::string out(text.substr(0, last == 0 ? at : last));
  if (last != 0) out += "," + std::string(text.substr(last, at - last));
  if (places.answers) {
    out += newline + inner + answer;
    const bool closed = text.substr(at, close - at).find('\n') != std::string_view::npos;
    if (places.elements.empty() && !closed) out += newline + margin;
  } else {
    out += newline + margin + "\"answers\": [" + newline + inner + answer + newline + margin + "]";
  }
  out += text.substr(at);
  if (auto* answers = answers_in(old->document)) {
    answers->push_back(std::move(*element));
  } else {
    std::get<Value::Object>(old->document.data)
        .push_back({"answers", Value{Value::Array{std::move(*element)}}});
  }
  return verified(std::move(out), old->document);
}

Result<std::string> without_answer(std::string_view text, std::size_t number) {
  auto old = reading(text);
  if (!old) return unreadable();
  const auto& elements = old->places.elements;
  if (number >= elements.size())
    return Error{ENOENT, "there is no answer " + std::to_string(number) + " in it, but " +
                             std::to_string(elements.size())};
  Span cut = elements[number];
  std::string out(text);
  // Its comma, or that of the one before if it is the last.
  std::size_t comma = std::string::npos;
  if (number + 1 < elements.size()) {
    comma = Scanner(text).next(cut.end);
  } else if (number > 0) {
    comma = Scanner(text).next(elements[number - 1].end);
  }
  const bool adjoins = comma == cut.end;
  if (adjoins) ++cut.end;
  // The whole line, if nothing else stands on it.
  const auto indent = indent_of(text, cut.begin);
  const std::size_t end = text.find('\n', cut.end);
  const std::string_view rest = text.substr(cut.end, end - cut.end);
  if (indent && end != std::string_view::npos && rest.find_first_not_of(" \t\r") == rest.npos)
    cut = {cut.begin - indent->size(), end + 1};
  out.erase(cut.begin, cut.end - cut.begin);
  if (comma != std::string::npos && !adjoins)
    out.erase(comma < cut.begin ? comma : comma - (cut.end - cut.begin), 1);
  auto* answers = answers_in(old->document);
  answers->erase(answers->begin() + static_cast<std::ptrdiff_t>(number));
  return verified(std::move(out), old->document);
}

std::string changed_lines(std::string_view from, std::string_view to) {
  const auto lines_of = [](std::string_view text) {
    std::vector<std::string_view> lines;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      lines.push_back(text.substr(at, end - at));
      at = end + 1;
    }
    return lines;
  };
  const auto before = lines_of(from), after = lines_of(to);
  const std::size_t most = std::min(before.size(), after.size());
  std::size_t head = 0, tail = 0;
  while (head < most && before[head] == after[head])
    ++head;
  while (tail < most - head && before[before.size() - 1 - tail] == after[after.size() - 1 - tail])
    ++tail;
  std::string out;
  for (std::size_t i = head; i < before.size() - tail; ++i)
    out += "- " + std::string(before[i]) + "\n";
  for (std::size_t i = head; i < after.size() - tail; ++i)
    out += "+ " + std::string(after[i]) + "\n";
  return out;
}

}  // namespace gatehouse::policy
