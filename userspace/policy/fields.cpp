// SPDX-License-Identifier: Apache-2.0
// The checks behind fields.h. They must never stop at the first finding of an object.
#include "policy/fields.h"

#include <algorithm>

#include "base/quote.h"
#include "base/utf8.h"
#include "policy/document.h"

namespace gatehouse::policy {
namespace {

Words names_of(const std::vector<Key>& keys) {
  Words names;
  for (const Key& key : keys)
    if (key.not_yet.empty()) names.push_back(key.name);
  return names;
}

std::string last_part(const std::string& pointer) {
  const auto slash = pointer.rfind('/');
  return slash == std::string::npos ? std::string() : pointer.substr(slash + 1);
}

// "\"paths\" " for a member, "this element " for an element, "the policy " for the document.
std::string subject(const std::string& at) {
  const std::string last = last_part(at);
  if (last.empty()) return "the policy";
  const bool index = last.find_first_not_of("0123456789") == std::string::npos;
  return index ? "this element" : quote(last);
}

}  // namespace

void wrong_type(const Value& value, const std::string& at, const char* wanted, Report& report) {
  report.error(at, subject(at) + " must be " + wanted + ", not " + kind_of(value));
}

const std::string* string_at(const Value& value, const std::string& at, Report& report) {
  const auto* text = value.string();
  if (!text) {
    wrong_type(value, at, "a string", report);
    return nullptr;
  }
  if (text->find('\0') != std::string::npos) {
    report.error(at, "a NUL character in " + quote(*text), "no path or name holds one: remove it");
    return nullptr;
  }
  return text;
}

std::optional<std::string_view> word_at(const Value& value, const std::string& at,
                                        const Words& words, Report& report) {
  const auto* text = string_at(value, at, report);
  if (!text) return std::nullopt;
  const auto found = std::find(words.begin(), words.end(), *text);
  if (found != words.end()) return *found;
  report.error(at, quote(*text) + " is not a word for " + subject(at), suggestion(*text, words));
  return std::nullopt;
}

Fields::Fields(const Value& value, std::string at, const std::vector<Key>& keys, Report& report)
    : members_(value.object()), at_(std::move(at)), report_(&report) {
  if (!members_) {
    wrong_type(value, at_, "an object", report);
    return;
  }
  for (const Member& member : *members_) {
    const auto key =
        std::find_if(keys.begin(), keys.end(), [&](const Key& k) { return k.name == member.key; });
    if (key != keys.end() && key->not_yet.empty()) continue;
    if (report.findings().full()) {
      report.error({}, {});  // only counted: no guess for what is not shown
      continue;
    }
    const std::string where = pointer_to(at_, member.key);
    if (key != keys.end()) {
      report.error(where, quote(member.key) + " is not supported yet: " + std::string(key->not_yet),
                   "remove it; it is refused so that nobody relies on it");
    } else {
      report.error(where, "unknown key " + quote(member.key),
                   suggestion(member.key, names_of(keys)));
    }
  }
}

const Value* Fields::find(std::string_view key) const {
  if (!members_) return nullptr;
  for (const Member& member : *members_)
    if (member.key == key) return &member.value;
  return nullptr;
}

const std::string* Fields::string(std::string_view key) const {
  const Value* value = find(key);
  return value ? string_at(*value, at(key), *report_) : nullptr;
}

std::optional<bool> Fields::boolean(std::string_view key) const {
  const Value* value = find(key);
  if (!value) return std::nullopt;
  if (const bool* flag = value->boolean()) return *flag;
  wrong_type(*value, at(key), "true or false", *report_);
  return std::nullopt;
}

const Value::Array* Fields::array(std::string_view key) const {
  const Value* value = find(key);
  if (!value) return nullptr;
  if (const auto* elements = value->array()) return elements;
  wrong_type(*value, at(key), "an array", *report_);
  return nullptr;
}

std::string Fields::text(std::string_view key, std::size_t max, bool lines) const {
  const auto* text = string(key);
  if (!text) return {};
  if (text->size() > max) {
    report_->error(at(key), quote(key) + " has " + std::to_string(text->size()) +
                                " bytes, more than " + std::to_string(max));
    return {};
  }
  for (std::string_view rest = *text; !rest.empty();) {
    const Utf8Char c = first_utf8(rest);
    const bool fine = lines && (c.code == '\n' || c.code == '\t');
    if (!fine && is_unprintable(c.code)) {
      report_->error(at(key), "a control or invisible character in " + quote(*text),
                     "it would end up in terminals and logs: remove it");
      return {};
    }
    rest.remove_prefix(c.length);
  }
  return *text;
}

std::optional<std::string_view> Fields::word(std::string_view key, const Words& words) const {
  const Value* value = find(key);
  return value ? word_at(*value, at(key), words, *report_) : std::nullopt;
}

std::optional<Action> Fields::action(std::string_view key) const {
  const auto found = word(key, action_words());
  return found ? action_of(*found) : std::nullopt;
}

void Fields::each(std::string_view key, bool or_single,
                  const std::function<void(const Value&, const std::string&)>& take) const {
  const Value* value = find(key);
  if (!value) return;
  const std::string where = at(key);
  const auto* elements = value->array();
  if (!elements && or_single) return take(*value, where);
  if (!elements) return wrong_type(*value, where, "an array", *report_);
  if (elements->empty()) {
    report_->error(where, quote(key) + " is empty", "a list that is there must name something");
  }
  for (std::size_t i = 0; i < elements->size(); ++i)
    take((*elements)[i], child(where, i));
}

}  // namespace gatehouse::policy
