// SPDX-License-Identifier: Apache-2.0
// The checks behind fields.h. The first thing wrong is the one that is told; it must never be replaced
// by what follows from it.
#include "control/fields.h"

#include <algorithm>

#include "base/quote.h"

namespace gatehouse::control {

Fields::Fields(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
  if (object_.is_object()) return;
  wrong("`" + where_.substr(0, where_.empty() ? 0 : where_.size() - 1) + "` must be an object");
}

void Fields::wrong(std::string message, std::string hint) {
  if (!wrong_) wrong_ = Refusal{std::move(message), std::move(hint)};
}

const Json* Fields::take(const char* name) {
  taken_.insert(name);
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(name);
  return found == object_.end() ? nullptr : &*found;
}

std::string Fields::text_or(const char* name) {
  const Json* value = take(name);
  if (!value) return {};
  if (value->is_string()) return value->get<std::string>();
  wrong(called(name) + " must be a string");
  return {};
}

std::string Fields::text(const char* name) {
  std::string value = text_or(name);
  if (value.empty()) wrong(called(name) + " is missing");
  return value;
}

std::uint64_t Fields::number_or(const char* name, std::uint64_t otherwise) {
  const Json* value = take(name);
  if (!value) return otherwise;
  if (value->is_number_unsigned()) return value->get<std::uint64_t>();
  wrong(called(name) + " must be a whole number that is not negative");
  return otherwise;
}

std::uint64_t Fields::number(const char* name) {
  if (object_.is_object() && !object_.contains(name)) wrong(called(name) + " is missing");
  return number_or(name, 0);
}

bool Fields::flag_or(const char* name, bool otherwise) {
  const Json* value = take(name);
  if (!value) return otherwise;
  if (value->is_boolean()) return value->get<bool>();
  wrong(called(name) + " must be true or false");
  return otherwise;
}

std::string Fields::word_or(const char* name, const std::vector<std::string>& words) {
  std::string value = text_or(name);
  if (value.empty() && (!object_.is_object() || !object_.contains(name))) return {};
  if (std::find(words.begin(), words.end(), value) != words.end()) return value;
  std::string known;
  for (const std::string& word : words) {
    known += (known.empty() ? "" : ", ") + word;
  }
  wrong(called(name) + " cannot be " + quote(value), "use one of " + known);
  return {};
}

std::string Fields::word(const char* name, const std::vector<std::string>& words) {
  if (object_.is_object() && !object_.contains(name)) wrong(called(name) + " is missing");
  return word_or(name, words);
}

std::vector<std::string> Fields::texts_or(const char* name) {
  std::vector<std::string> texts;
  const Json* value = take(name);
  if (!value) return texts;
  if (!value->is_array()) wrong(called(name) + " must be a list of strings");
  for (const Json& text : value->is_array() ? *value : Json::array()) {
    if (!text.is_string()) {
      wrong(called(name) + " must be a list of strings");
      return {};
    }
    texts.push_back(text.get<std::string>());
  }
  return texts;
}

Labels Fields::labels_or(const char* name) {
  Labels labels;
  const Json* value = take(name);
  if (!value) return labels;
  if (!value->is_object()) {
    wrong(called(name) + " must be an object of strings");
    return labels;
  }
  for (const auto& [key, text] : value->items()) {
    if (!text.is_string()) {
      wrong(called(name) + " must be an object of strings");
      return {};
    }
    labels.emplace_back(key, text.get<std::string>());
  }
  return labels;
}

PolicyFile Fields::file(const Json& value) {
  Fields fields(value, where_ + "files[].");
  PolicyFile out;
  out.name = fields.text("name");
  out.text = fields.text("text");
  if (auto refusal = fields.finish()) wrong(refusal->message, refusal->hint);
  return out;
}

PolicySource Fields::policy(const char* name) {
  PolicySource source;
  const Json* value = take(name);
  if (!value) {
    wrong(called(name) + " is missing");
    return source;
  }
  Fields fields(*value, where_ + name + ".");
  source.name = fields.text_or("name");
  if (const Json* files = fields.take("files")) {
    if (!files->is_array()) fields.wrong("`policy.files` must be a list");
    for (const Json& one : files->is_array() ? *files : Json::array()) {
      source.files.push_back(fields.file(one));
    }
  }
  if (source.name.empty() == source.files.empty()) {
    fields.wrong(called(name) + " must have either a name or files");
  }
  if (auto refusal = fields.finish()) wrong(refusal->message, refusal->hint);
  return source;
}

std::optional<Refusal> Fields::finish() {
  if (wrong_ || !object_.is_object()) return wrong_;
  for (const auto& [name, value] : object_.items()) {
    if (!taken_.contains(name)) {
      return Refusal{quote(where_ + name) + " is not known here",
                     "is the client newer than the daemon?"};
    }
  }
  return std::nullopt;
}

}  // namespace gatehouse::control
