// SPDX-License-Identifier: Apache-2.0
// One case: a shell script of `cases`, and what its opening comments say of it. A case must never say of
// itself that it may fail, or that it is for some kernel only.
#pragma once

#include <string>
#include <vector>

namespace gatehouse::compat {

struct Case {
  std::string name, script, proves;
  // Patterns of "ACCESS OBJECT": all that a person is asked and allows, and all that is denied without harm
  // to the result.
  std::vector<std::string> asked, denied;
  // What the policy must allow beside what the shipped one does: privileges, and paths to write.
  std::vector<std::string> privileges, writes;
  std::vector<std::string> varies;    // files whose content is never the same twice
  std::vector<std::string> unlisted;  // files whose names are not, either
};

// Of a folder beside this file, by name.
std::vector<Case> cases_of(const std::string& folder);

// Whether a text is one of the patterns, in which `*` is anything.
bool is_any_of(const std::vector<std::string>& patterns, const std::string& text);
// What no pattern is of, and the patterns that nothing is of; "": neither.
std::string unexpected(const std::vector<std::string>& patterns,
                       const std::vector<std::string>& texts);

}  // namespace gatehouse::compat
