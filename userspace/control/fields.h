// SPDX-License-Identifier: Apache-2.0
// The members of one JSON object, taken by name and type; what nobody took is an error. It must never
// convert: a number in quotes is not a number.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "control/protocol.h"

namespace gatehouse::control {

class Fields {
 public:
  // `where`: in front of the names in messages, e.g. "policy."
  explicit Fields(const Json& object, std::string where = {});

  std::string text(const char* name);      // must be there, and not empty
  std::string text_or(const char* name);   // absent: empty
  std::uint64_t number(const char* name);  // must be there
  std::uint64_t number_or(const char* name, std::uint64_t otherwise);
  bool flag_or(const char* name, bool otherwise);
  std::string word(const char* name, const std::vector<std::string>& words);     // must be there
  std::string word_or(const char* name, const std::vector<std::string>& words);  // absent: empty
  std::vector<std::string> texts_or(const char* name);
  Labels labels_or(const char* name);
  PolicySource policy(const char* name);
  void wrong(std::string message, std::string hint = {});

  // Checks that nothing was left over. Nothing: all is well.
  std::optional<Refusal> finish();

 private:
  const Json* take(const char* name);
  std::string called(const char* name) const { return "`" + where_ + name + "`"; }
  PolicyFile file(const Json& value);

  const Json& object_;
  std::string where_;
  std::set<std::string> taken_;
  std::optional<Refusal> wrong_;
};

}  // namespace gatehouse::control
