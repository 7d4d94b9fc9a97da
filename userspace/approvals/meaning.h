// SPDX-License-Identifier: Apache-2.0
// What an answer means, as the rule of a policy: to be shown before it is given, and to match by. It must never
// cover an object that the rule as shown would not.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "approvals/entry.h"
#include "policy/model.h"
#include "tables/tables.h"

namespace gatehouse::approvals {

class Meaning {
 public:
  // Of an answer to `ask`: for its very object (and its very arguments), or for all that `pattern` matches, of
  // which it must be one. A path: a glob, as in a policy. An endpoint: "192.0.2.0/24:443", "[2001:db8::]/64:*",
  // "tcp …". A command: its words, "git push", or ["git","commit","-m","a b"].
  static std::variant<Meaning, Refusal> of(const events::Judged& ask, const std::string& pattern,
                                           gh_verdict verdict, const policy::Context& context);

  [[nodiscard]] bool covers(const events::Judged& request) const;
  // {"filesystem":{"rules":[…]}}: the section of a policy that holds the rule.
  [[nodiscard]] const std::string& json() const { return json_; }

 private:
  std::string json_, privilege_;
  gh_access access_ = GH_READ;
  bool covers_write_ = false;            // who may create a name may write to it
  bool command_ = false;                 // by arguments
  std::optional<events::Judged> alone_;  // these very arguments, which no rule can say
  tables::Tables tables_;
};

// Broader answers that a person may want to give, the narrowest first: patterns for Meaning::of.
std::vector<std::string> suggested_patterns(const events::Judged& ask);

}  // namespace gatehouse::approvals
