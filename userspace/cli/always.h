// SPDX-License-Identifier: Apache-2.0
// approvals allow|deny --scope always, and the answers that stand in a policy. It must never answer for good
// what was not shown as the very text that is written.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/verbs.h"

namespace gatehouse::cli {

struct Always {
  std::uint64_t id = 0;
  bool allow = true, yes = false;
  std::string layer, pattern, message;
  std::uint64_t for_ms = 0;  // 0: for good
};

// True if it was written and answered.
bool answer_always(Shared& shared, const Always& always);

// Those of a policy file, by their numbers in its list; and taking one out.
void list_answers(Shared& shared, const std::string& layer);
void revoke_answers(Shared& shared, const std::string& layer, std::vector<std::uint64_t> numbers,
                    bool yes);

// What of its past an answer would have covered.
void print_past(const nlohmann::json& past);

}  // namespace gatehouse::cli
