// SPDX-License-Identifier: Apache-2.0
// The "answers" of a policy file as text: one put in or taken out, and not a byte of the rest touched. Neither must
// ever give a text that means anything else than the old one and that change.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gatehouse::policy {

// `answer`: a JSON object on one line. The section is made if there is none.
Result<std::string> with_answer(std::string_view text, const std::string& answer);
// The one at /answers/`number`.
Result<std::string> without_answer(std::string_view text, std::size_t number);

// The lines in which the texts differ, those of the old one after "- " and of the new one after "+ ".
std::string changed_lines(std::string_view from, std::string_view to);

}  // namespace gatehouse::policy
