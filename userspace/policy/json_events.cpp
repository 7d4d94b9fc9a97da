// SPDX-License-Identifier: Apache-2.0
// Builds a Value from the JSON library's events, with a limit on nesting and a look-out for repeated
// keys, which the library's own document would silently drop. It must never recurse.
#include "policy/json_events.h"

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>

#include "base/quote.h"
#include "policy/document.h"

namespace gatehouse::policy {
namespace {

using nlohmann::json;

// What to do about a syntax error, from the byte that could not be read.
std::string advice(std::string_view text, std::size_t at) {
  if (at >= text.size()) return "the file ends too early: is a bracket or quote not closed?";
  const std::size_t before =
      at == 0 ? std::string_view::npos : text.find_last_not_of(" \t\r\n", at - 1);
  const char last = before == std::string_view::npos ? '\0' : text[before];
  if ((text[at] == '}' || text[at] == ']') && last == ',')
    return "JSON allows no comma after the last element";
  if (text[at] == '\'') return "strings and keys stand in double quotes";
  if (text[at] == '#') return "comments start with //";
  if (text[at] == '"' && (last == '"' || last == '}' || last == ']'))
    return "is a comma missing before it?";
  return {};
}

class Events : public json::json_sax_t {
 public:
  Events(std::string_view text, Report& report) : text_(text), report_(report) {}

  bool null() override { return add({}); }
  bool boolean(bool flag) override { return add({flag}); }
  bool number_integer(number_integer_t number) override { return add({std::int64_t{number}}); }
  bool number_unsigned(number_unsigned_t number) override {
    if (number > static_cast<number_unsigned_t>(INT64_MAX))
      return add({static_cast<double>(number)});
    return add({static_cast<std::int64_t>(number)});
  }
  bool number_float(number_float_t number, const string_t&) override { return add({number}); }
  bool string(string_t& text) override { return add({std::move(text)}); }
  bool binary(binary_t&) override { return false; }  // JSON text has none

  bool start_object(std::size_t) override { return open({Value::Object{}}); }
  bool start_array(std::size_t) override { return open({Value::Array{}}); }
  bool key(string_t& name) override {
    stack_.back().key = std::move(name);
    return true;
  }
  bool end_object() override {
    refuse_repeated_keys();
    return close();
  }
  bool end_array() override { return close(); }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    const std::size_t at = position == 0 ? 0 : position - 1;
    std::string_view what = error.what();
    // "[json.exception…] parse error at line 1, column 2: syntax error while … - <this>; last read …"
    if (const auto dash = what.find(" - "); dash != std::string_view::npos)
      what.remove_prefix(dash + 3);
    if (const auto cut = what.find("; last read"); cut != std::string_view::npos)
      what = what.substr(0, cut);
    if (error.id == 406) what = "the number is too large";
    std::string shown = visible(what.substr(0, 200));
    report_.error(
        "",
        "not valid JSON at " + line_and_column(text_, std::min(at, text_.size())) + ": " + shown,
        advice(text_, at));
    return false;
  }

  std::optional<Value> take() { return std::move(root_); }

 private:
  struct Open {
    Value value;
    std::string key;  // of the member that is being read
  };

  bool add(Value value) {
    if (stack_.empty()) {
      root_ = std::move(value);
      return true;
    }
    Open& parent = stack_.back();
    if (auto* object = std::get_if<Value::Object>(&parent.value.data)) {
      object->push_back({std::move(parent.key), std::move(value)});
    } else {
      std::get<Value::Array>(parent.value.data).push_back(std::move(value));
    }
    return true;
  }

  bool open(Value container) {
    if (stack_.size() == kMaxNesting) {
      report_.error(pointer(), "nested deeper than " + std::to_string(kMaxNesting) + " levels",
                    "no policy needs more than 6");
      return false;
    }
    stack_.push_back({std::move(container), {}});
    return true;
  }

  bool close() {
    Value done = std::move(stack_.back().value);
    stack_.pop_back();
    return add(std::move(done));
  }

  // Of the container on top of the stack.
  [[nodiscard]] std::string pointer() const {
    std::string out;
    for (std::size_t i = 0; i + 1 < stack_.size(); ++i) {
      const Open& open = stack_[i];
      const auto* array = open.value.array();
      out = array ? child(out, array->size()) : pointer_to(out, open.key);
    }
    return out;
  }

  void refuse_repeated_keys() {
    auto& members = std::get<Value::Object>(stack_.back().value.data);
    std::vector<std::size_t> order(members.size());
    for (std::size_t i = 0; i < order.size(); ++i)
      order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return members[a].key < members[b].key; });
    std::vector<bool> repeated(members.size(), false);
    bool any = false;
    for (std::size_t i = 1; i < order.size(); ++i) {
      const std::string& key = members[order[i]].key;
      if (key != members[order[i - 1]].key) continue;
      repeated[order[i]] = any = true;
      if (report_.findings().full()) continue;
      report_.error(pointer_to(pointer(), key), "the key " + quote(key) + " is there twice",
                    "merge the two: one of them would be ignored");
    }
    if (!any) return;
    if (report_.findings().full()) report_.error("", "a key is there twice");
    std::size_t kept = 0;
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (repeated[i]) continue;
      if (kept != i) members[kept] = std::move(members[i]);
      ++kept;
    }
    members.resize(kept);
  }

  std::string_view text_;
  Report& report_;
  std::vector<Open> stack_;
  std::optional<Value> root_;
};

}  // namespace

std::optional<Value> read_json(std::string_view text, Report& report) {
  try {
    Events events(text, report);
    if (!json::sax_parse(text, &events, json::input_format_t::json, /*strict=*/true,
                         /*ignore_comments=*/true))
      return std::nullopt;
    return events.take();
  } catch (const nlohmann::detail::exception& error) {
    report.error("", "not valid JSON: " + visible(error.what()));
    return std::nullopt;
  }
}

}  // namespace gatehouse::policy
