// SPDX-License-Identifier: Apache-2.0
// Observed + base → a policy that lets the run happen again and little more. It must never allow what a rule
// of the base denies, nor what is a secret; what it holds back for that is listed.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "learning/observed.h"
#include "policy/model.h"

namespace gatehouse::learning {

struct Withheld {
  Request request;
  std::uint64_t times = 0;
  std::string why;  // "rule secrets of coding-agent: credentials"
};

struct Learned {
  std::string text;  // of the policy, with comments
  std::vector<Withheld> withheld;
  std::vector<std::string> notes;  // for people: what stays as the base has it, and why
  std::uint64_t requests = 0;      // different ones that were used
  std::uint64_t rules = 0;         // learned
};

struct Wish {
  std::string name;  // of the policy to make
  std::string base;  // as the person named it, for comments
  std::string of;    // what it was learned from, likewise
};

// Nothing, and why in `diagnostics`, when the base does not compile.
std::optional<Learned> learn(const Observed& observed, const policy::Policy& base, const Wish& wish,
                             Diagnostics& diagnostics);

// Whether the text is a policy that denies nothing that was used and not withheld; what it denies all the
// same becomes findings.
bool proven(const Learned& learned, const Observed& observed, const std::string& file,
            Diagnostics& diagnostics);

// Which accesses of the run were recorded when they were allowed too: the base's allowances of these are
// replaced by what was seen. One bit per gh_access.
std::uint32_t recorded_accesses(const Observed& observed, const policy::Policy& base,
                                const std::vector<tables::Tables>& base_tables);

}  // namespace gatehouse::learning
